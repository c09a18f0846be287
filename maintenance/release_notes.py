"""Print the section of CHANGELOG.md for a tag: python -m maintenance.release_notes v1.2.3."""

import re
import sys
import tomllib
from pathlib import Path

from maintenance import ROOT


def version(root: Path) -> str:
    """Return the version of the template in this checkout."""
    return str(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def notes(root: Path, tag: str) -> str:
    """Return the section of a release; raise ValueError where the tag, the version and the changelog disagree."""
    if tag != f"v{version(root)}":
        raise ValueError(f"the tag is {tag}, and pyproject.toml says {version(root)}")
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(tag[1:])}\] - \d{{4}}-\d\d-\d\d\n"
    section = re.search(heading + r"(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing under '## [{tag[1:]}] - ' and a date")
    return section[1].strip() + "\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(notes(ROOT, *sys.argv[1:]))
    except ValueError as problem:
        sys.exit(f"ERROR: {problem}")
