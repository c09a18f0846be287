"""The pages of the guide and its recipes: what they ask to be done, and what they say comes of it."""

import math
import os
import re
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

from markdown_it import MarkdownIt

from .answers import ROOT

GUIDE = ROOT / "docs" / "guide"
RECIPE_FOLDER = ROOT / "docs" / "recipes"
# RECIPES=full runs the long forms as well.
IN_FULL = os.environ.get("RECIPES") == "full"
ANSWERS = re.compile(r"^<!-- answers: (.+) -->$", re.MULTILINE)
EXISTING = re.compile(r"^<!-- database: (\w+) -->$", re.MULTILINE)
SERVER = re.compile(r"^<!-- server: ([\w-]+) -->$", re.MULTILINE)


@dataclass
class Block:
    """A block of code, and the block of text that follows it at once: what it prints."""

    page: str
    line: int
    language: str
    text: str
    shown: str | None = None

    @property
    def changes_project(self) -> bool:
        """Whether it is a file of the project, or commands."""
        return self.language == "sh" or self.text.startswith(("# src/", "# tests/"))

    def without_tests(self) -> "Block":
        """Return commands without those that only run tests, which a later part may write anew."""
        if self.language != "sh":
            return self
        commands = [line for line in self.text.splitlines(keepends=True) if "pytest" not in line]
        return replace(self, text="".join(commands))


@dataclass(frozen=True)
class Part:
    """The blocks of a page up to its next line of options, and one project in which they run."""

    answers: dict[str, str]
    blocks: list[Block]


@dataclass(frozen=True)
class Page:
    """A page of the guide, or a recipe."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The page as it is written."""
        return self.path.read_text("utf-8")

    @cached_property
    def existing(self) -> str | None:
        """The schema of `schemas/` that its database has before the project comes, if it does not begin empty."""
        found = EXISTING.search(self.text)
        return found[1] if found else None

    @cached_property
    def server(self) -> str | None:
        """The server of `conftest.SERVERS` that it needs, if not the one that is called like the database."""
        found = SERVER.search(self.text)
        return found[1] if found else None

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

    @cached_property
    def parts(self) -> list[Part]:
        """Its parts, once for each project that a line of options names: `database=sqlite,mysql` are two.

        A part also has the files and commands of those before it, but for their tests. A line that ends in `when=full`
        begins a long form, which has parts with RECIPES=full only.
        """
        marks = [*ANSWERS.finditer(self.text)]
        assert marks, f"{self.path.name} does not say for which options it is"
        lines = [self.text.count("\n", 0, mark.start()) + 1 for mark in marks]
        parts: list[Part] = []
        for mark, first, end in zip(marks, lines, [*lines[1:], math.inf], strict=True):
            before = [block.without_tests() for block in self.blocks if block.line < first and block.changes_project]
            blocks = [*before, *(block for block in self.blocks if first < block.line < end)]
            answers = mark[1].split()
            if "when=full" in answers:
                if not IN_FULL:
                    continue
                answers.remove("when=full")
            names, choices = zip(*(answer.split("=") for answer in answers), strict=True)
            combined = product(*(choice.split(",") for choice in choices))
            parts += [Part(dict(zip(names, answers, strict=True)), blocks) for answers in combined]
        return parts


RECIPES = [Page(path) for path in sorted(RECIPE_FOLDER.glob("*.md")) if path.name != "index.md"]
PAGES = [*(Page(path) for path in sorted(GUIDE.glob("*.md"))), *RECIPES]


def as_json(blocks: list[Block]) -> list[dict[str, object]]:
    """Return the blocks as `programs/page.py` takes them."""
    return [asdict(block) for block in blocks]
