"""Test that docs/tour.md and docs/project-layout.md show what the template does today."""

import os
import re
from pathlib import Path

import pytest

from .answers import ROOT
from .conftest import Bake

LAYOUT = (ROOT / "docs" / "project-layout.md").read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pseudo terminals")
def test_the_transcript_is_what_is_to_be_seen(folder: Path) -> None:
    from . import transcript

    page = transcript.page(folder)

    again = "docs/tour.md is not what is to be seen any more: run `uv run python -m tests.transcript`"
    assert transcript.PAGE.read_text("utf-8") == page, again


LINE = re.compile(r"(?P<indent>(?:[│ ]   )*)[├└]── (?P<name>\S+)(?: +(?P<text>.*))?")


def drawn(tree: str) -> dict[str, str]:
    """Return the text of each file in the drawing of a tree, by its path."""
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in tree.splitlines():
        match = LINE.fullmatch(line)
        assert match, f"no line of a tree: {line}"
        folders[len(match["indent"]) // 4 :] = [match["name"]]
        if not match["name"].endswith("/"):
            found["".join(folders)] = match["text"] or ""
    return found


def test_the_tree_has_a_line_for_each_file_of_a_default_project(bake: Bake) -> None:
    project = bake()

    tree = re.search(r"^my-project/\n(.*?)^```$", LAYOUT, re.MULTILINE | re.DOTALL)
    assert tree is not None
    files = drawn(tree[1])

    assert files.keys() == {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert [path for path, text in files.items() if not text] == []
