"""Test that docs/schema.md is up to date."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
DRAW = ["inject", "docs/schema.md"]


def test_the_diagram_shows_the_tables_of_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    (paracelsus,) = entry_points(group="console_scripts", name="paracelsus")

    # Not as a command: another process would import SQLAlchemy again, which takes longer than all other tests.
    with pytest.raises(SystemExit) as ended:
        paracelsus.load()([*DRAW, "--check"])

    assert ended.value.code == 0, f"run `uv run paracelsus {' '.join(DRAW)}`"
