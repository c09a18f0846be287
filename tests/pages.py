"""The pages of the guide: what they ask to be done, and what they say comes of it."""

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt

from .answers import ROOT

GUIDE = ROOT / "docs" / "guide"
ANSWERS = re.compile(r"<!-- answers: (.+) -->")


@dataclass
class Block:
    """A block of code, and the block of text that follows it at once: what it prints."""

    page: str
    line: int
    language: str
    text: str
    shown: str | None = None


@dataclass(frozen=True)
class Page:
    """A page of the guide."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The page as it is written."""
        return self.path.read_text("utf-8")

    @cached_property
    def answers(self) -> dict[str, str]:
        """The answers of the project in which its blocks are run."""
        found = ANSWERS.search(self.text)
        assert found, f"{self.path.name} does not say for which answers it is"
        return dict(answer.split("=") for answer in found[1].split())

    @cached_property
    def blocks(self) -> list[Block]:
        """Its blocks of code, in their order."""
        blocks: list[Block] = []
        previous = None
        for token in MarkdownIt("commonmark").enable("table").parse(self.text):
            if token.type == "fence" and token.map is not None:
                if token.info == "text" and previous is not None:
                    previous.shown = token.content
                    previous = None
                    continue
                previous = Block(self.path.name, token.map[0] + 1, token.info, token.content)
                blocks.append(previous)
            else:
                previous = None
        return blocks


PAGES = [Page(path) for path in sorted(GUIDE.glob("*.md"))]


def as_json(blocks: list[Block]) -> list[dict[str, object]]:
    """Return the blocks as `programs/page.py` takes them."""
    return [asdict(block) for block in blocks]
