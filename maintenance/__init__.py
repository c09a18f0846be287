"""Commands for maintainers; CONTRIBUTING.md says when to run them."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = os.environ.get("UV", "uv")  # `uv run` says which uv it is
