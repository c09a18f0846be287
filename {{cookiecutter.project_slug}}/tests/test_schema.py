"""The picture of the tables: it is the one that the models would give."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
DRAW = ["paracelsus", "inject", "docs/schema.md"]


def test_the_tables_are_drawn_as_the_models_describe_them() -> None:
    check = [sys.executable, "-m", "paracelsus.cli", *DRAW[1:], "--check"]
    done = subprocess.run(check, cwd=PROJECT, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, f"run `uv run {' '.join(DRAW)}`:\n{done.stdout}{done.stderr}"
