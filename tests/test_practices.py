"""Every row of docs/contributing/claims.md leads to a file, a test and a paragraph that are there."""

import re
from functools import cache
from pathlib import Path

import pytest
from practices import slug

from .answers import ROOT, TEMPLATE, sources, untagged

PAGE = (ROOT / "docs" / "contributing" / "claims.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| \d", line)]
PARAGRAPHS = (TEMPLATE / "docs" / "practices.md").read_text(encoding="utf-8")
CONVENTIONS = (TEMPLATE / "tests" / "test_conventions.py").read_text(encoding="utf-8")
# The name of each rule, by its identifier: where it is tested, and where it is explained.
RULES = dict(re.findall(r'^@rule\("(DB\d{3})", .+\)\ndef (\w+)\(', CONVENTIONS, re.MULTILINE))
LINES = dict(re.findall(r"^\| (DB\d{3}) \| `(\w+)` \| .+ \|$", PARAGRAPHS, re.MULTILINE))
HEADINGS = [line.removeprefix("### ") for line in PARAGRAPHS.splitlines() if line.startswith("### ")]


def quoted(cell: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def variants(path: str) -> list[Path]:
    """Return all variants of a file of the projects, by the end of its path."""
    return [TEMPLATE / source for source in sources() if f"/{untagged(source)[0]}".endswith(f"/{path}")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_shipped_proved_and_explained(row: list[str]) -> None:
    number, _claim, _verdict, shipped, proved, explained = row

    for path in quoted(shipped):
        assert variants(path), f"row {number}: no project has a file {path}"
    for proof in quoted(proved):
        path, _, test = proof.partition("::")
        files = [ROOT / path] if path.startswith("tests/") else variants(path)
        assert any(re.search(rf"def {test}\b", file.read_text(encoding="utf-8")) for file in files), (
            f"row {number}: no test {proof}"
        )
    rest = explained
    for heading in sorted(HEADINGS, key=len, reverse=True):
        rest = rest.replace(heading, "")
    assert explained, f"row {number} is not explained"
    assert not rest.strip(" ,"), f"row {number}: no paragraph is called {rest!r}"


def test_no_row_is_missing() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 63))


def test_both_twins_have_the_tests_that_a_row_names() -> None:
    named = {proof.partition("::") for row in ROWS for proof in quoted(row[4])}

    missing = [
        f"{file.name}: {test}"
        for path, _, test in named
        for file in variants(path)
        if ("@sync" in file.name or "@async" in file.name) and f"def {test}(" not in file.read_text(encoding="utf-8")
    ]

    assert missing == []


def test_every_rule_of_the_conventions_has_a_line_and_every_line_its_rule() -> None:
    assert LINES == RULES
    assert len(RULES) == CONVENTIONS.count("\n@rule(") == len(re.findall(r"^\| DB", PARAGRAPHS, re.MULTILINE))


def test_the_reason_of_a_rule_leads_to_a_section_of_the_page() -> None:
    sections = {slug(heading) for heading in HEADINGS}

    links = re.findall(r"\]\(#(.+?)\)", PARAGRAPHS)

    assert len(links) > 10
    assert [link for link in links if link not in sections] == []
