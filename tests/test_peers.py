"""Tests of docs/peers.md: its claims of this template are true, and those of others have a source and a date."""

import re
from math import prod

from .answers import CHOICES, COMBINATIONS, QUESTIONS, ROOT
from .projects import COMBINATIONS as PROJECTS

PAGE = (ROOT / "docs" / "peers.md").read_text("utf-8")
ADVERSARIAL = (ROOT / "docs" / "refused-and-interrupted.md").read_text("utf-8")


def row(name: str) -> list[str]:
    """Return the cells of the row that begins with this."""
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_our_own_figures_are_those_of_today() -> None:
    _, prompts, rendered, run, adversarial, _ = row("**this template**")
    every = prod(map(len, CHOICES.values()))
    tried = re.search(r"^\| all \| (\d+) \|", ADVERSARIAL, re.MULTILINE)

    assert tried is not None
    assert prompts == f"{len(QUESTIONS)}, {len(CHOICES)} ({every}, of which {every - len(COMBINATIONS)} are refused)"
    assert rendered == f"{len(COMBINATIONS)}, all that can be asked for"
    assert run.startswith(f"{len(PROJECTS)} of {2 * len(PROJECTS)} ")
    assert f"[{tried[1]} of {tried[1]}]" in adversarial


def test_every_template_that_is_compared_has_its_commit_and_a_date() -> None:
    listed = re.findall(
        r"^\| \[([\w-]+)\]\(https://github\.com/[\w.-]+/[\w.-]+/commit/[0-9a-f]{8}\) \| 20\d\d-", PAGE, re.MULTILINE
    )

    compared = re.search(r"^## Generators$.*?^## Data", PAGE, re.MULTILINE | re.DOTALL)
    assert compared is not None
    names = re.findall(r"^\| ([\w-]+) \|", compared[0], re.MULTILINE)
    assert len(listed) == 14
    assert [name for name in names if name not in listed] == []


def test_every_row_of_a_table_has_its_cells() -> None:
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
