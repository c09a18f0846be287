"""Test that docs/schema.md is up to date."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
DRAW = ["paracelsus", "inject", "docs/schema.md"]


def test_the_diagram_shows_the_tables_of_the_models() -> None:
    check = [sys.executable, "-m", "paracelsus.cli", *DRAW[1:], "--check"]
    done = subprocess.run(check, cwd=PROJECT, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, f"run `uv run {' '.join(DRAW)}`:\n{done.stdout}{done.stderr}"
