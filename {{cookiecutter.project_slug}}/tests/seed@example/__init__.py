"""Data to look at and to measure with: `uv run python -m tests.seed --help`."""
