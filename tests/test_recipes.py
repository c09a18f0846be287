"""Each recipe works as it stands, on each database that it names; and its test fails without its central line.

`RECIPES=full uv run pytest tests/test_recipes.py` is the long form: every kind of code on every database, types, parts
marked `when=full`, all defects of a page on each database, and the project's own tests after each part.
"""

import os
import re
import tomllib
from contextlib import suppress
from typing import NamedTuple

import pytest

from . import servers
from .answers import ROOT
from .conftest import Bake, NewDatabase
from .forks import SharedEnvironment
from .matrix import joined
from .pages import IN_FULL, RECIPE_FOLDER, RECIPES, Page, Part
from .reading import Reader, done

DEFECTS = tomllib.loads((ROOT / "tests" / "data" / "recipe_defects.toml").read_text("utf-8"))
SECTIONS = ["The code", "The migration", "The test", "Cost", "When not to use it"]
OPTIONAL = {"The migration"}
LONGEST = 150  # lines
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}

# The project's own tests that look at models and revisions, and so at what the page added.
OWN_TESTS = ["tests/test_conventions.py", "tests/test_migrations.py"]


class Places(NamedTuple):
    """On which databases a page is run, and with which kind of code."""

    databases: list[str]
    styles: list[str]


def places(page: Page) -> Places:
    """Return where a page is run."""
    found = {(part.answers["database"], part.answers["io"]) for part in page.parts}
    databases = [name for database, name in NAMES.items() if any(database == each for each, _ in found)]
    return Places(databases, [style for style in ("sync", "async") if any(style == each for _, each in found)])


def parts_to_run(page: Page) -> list[Part]:
    """Return the parts of a page: in full all, else those with an option that no earlier part has had.

    So each database is there and each kind of code, and not every pair of them.
    """
    seen: set[tuple[str, str]] = set()
    parts: list[Part] = []
    for part in page.parts:
        if IN_FULL or not part.answers.items() <= seen:
            parts.append(part)
        seen |= part.answers.items()
    return parts


def name_of_test(page: Page) -> str:
    """Return the test that proves a recipe, in the project."""
    return f"tests/test_{page.path.stem.replace('-', '_')}.py"


pages = pytest.mark.parametrize("page", RECIPES, ids=lambda page: page.path.stem)


@pages
def test_a_recipe_has_the_sections_of_all_recipes(page: Page) -> None:
    found = re.findall(
        r"^## (.+)$", re.sub(r"^```.*?^```$", "", page.text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )

    assert found == [name for name in SECTIONS if name in found or name not in OPTIONAL]


@pages
def test_a_recipe_is_short(page: Page) -> None:
    assert len(page.text.splitlines()) <= LONGEST


@pages
def test_a_recipe_begins_with_the_need_in_two_sentences_and_where_it_was_run(page: Page) -> None:
    opening = page.text.partition("\n## ")[0]
    *need, where = (line for line in opening.splitlines() if line and not line.startswith(("#", "<!--")))

    assert len(re.findall(r"[.?](?= |$)", " ".join(need))) == 2
    databases, styles = places(page)
    assert where == f"Tested on {joined(databases)}, with {joined(styles)} code."


@pages
def test_a_recipe_runs_its_own_test(page: Page) -> None:
    files = [block.text.partition("\n")[0] for block in page.blocks]
    commands = [line for block in page.blocks if block.language == "sh" for line in block.text.splitlines()]

    assert f"# {name_of_test(page)}" in files
    assert any("pytest" in command and name_of_test(page) in command for command in commands)


def table() -> dict[str, list[str]]:
    """Return the other cells of the rows of the list of recipes, by the page that they lead to."""
    text = (RECIPE_FOLDER / "index.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {link[1]: row[1:] for row in rows if (link := re.fullmatch(r"\[.+\]\((.+)\)", row[0]))}


def test_the_list_of_recipes_has_every_page() -> None:
    assert [*table()] == [*dict.fromkeys(table())]
    assert table().keys() == {page.path.name for page in RECIPES}


@pages
def test_the_list_says_where_a_recipe_is_run(page: Page) -> None:
    _words, *listed = table().get(page.path.name, ["", ""])

    assert listed == [", ".join(where) for where in places(page)]


def test_a_title_in_the_list_is_the_one_of_the_page() -> None:
    text = (RECIPE_FOLDER / "index.md").read_text("utf-8")

    for page in RECIPES:
        title = re.search(r"^# (.+)$", page.text, re.MULTILINE)
        assert title is not None
        assert f"[{title[1]}]({page.path.name})" in text


class Defect(NamedTuple):
    """A line of a page that carries it, what stands there instead, and the test that then fails."""

    file: str
    line: str
    fails: str
    instead: str = ""
    database: str | None = None  # where it makes a difference, if not everywhere
    io: str | None = None

    def is_planted_in(self, page: Page, part: Part) -> bool:
        """Return whether this part shows it: the first one that can; in full, on each database with such code."""
        wanted = {"database": self.database, "io": self.io}
        able = [
            each for each in parts_to_run(page) if all(wanted[name] in (None, each.answers[name]) for name in wanted)
        ]
        if IN_FULL:
            return part in able and part.answers["io"] == able[0].answers["io"]
        return part in able[:1]


def defects(page: Page) -> list[Defect]:
    """Return the defects of a page: in full all, else the first one."""
    return [Defect(**row) for row in DEFECTS.get(page.path.stem, [])][: None if IN_FULL else 1]


@pages
def test_a_recipe_has_a_central_line(page: Page) -> None:
    assert defects(page), f"tests/data/recipe_defects.toml has no row for {page.path.name}"
    for defect in defects(page):
        assert any(defect.is_planted_in(page, part) for part in parts_to_run(page)), f"no part has {defect}"
        is_written = "*" in defect.file  # by Alembic
        assert is_written or any(defect.line in block.text for block in page.blocks), f"no block says {defect.line!r}"


def test_no_defect_is_left_of_a_page_that_is_gone() -> None:
    assert DEFECTS.keys() - {page.path.stem for page in RECIPES} == set()


def check(reader: Reader, page: Page, defect: Defect) -> None:
    """Plant a defect, and fail if the test of the recipe does not notice; then take it back."""
    (file,) = reader.project.glob(defect.file)
    text = file.read_text("utf-8")
    assert text.count(defect.line) == 1, f"{defect.file} says {text.count(defect.line)} times {defect.line!r}"
    file.write_text(text.replace(defect.line, defect.instead), "utf-8")
    command = f"uv run --quiet pytest --quiet {name_of_test(page)} || echo returned $?"
    said = reader.types(command)
    file.write_text(text, "utf-8")
    assert "returned 1" in said, f"{defect.line!r} may be left out of {page.path.name}:\n{said}"
    assert re.search(rf"^(FAILED|ERROR) .*::{re.escape(defect.fails)}\b", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("page", "part"),
    [
        pytest.param(page, part, id="-".join([page.path.stem, *part.answers.values()]))
        for page in RECIPES
        for part in parts_to_run(page)
    ],
)
def test_a_recipe_does_what_it_says(
    page: Page,
    part: Part,
    bake: Bake,
    new_database: NewDatabase,
    environment: SharedEnvironment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with suppress(servers.UnavailableError):  # pg_dump has to be as new as its server
        monkeypatch.setenv("PATH", f"{servers.wheel_binaries()}{os.pathsep}{os.environ['PATH']}")
    with done(page, part, bake, new_database, environment) as reader:
        is_run = any(name_of_test(page) in block.text for block in part.blocks if block.language == "sh")
        tests = [] if is_run else [name_of_test(page)]
        changes_schema = "## The migration" in page.text
        tests += OWN_TESTS if IN_FULL or (changes_schema and part == page.parts[0]) else []
        if tests:
            reader.types(f"uv run --quiet pytest --quiet {' '.join(tests)}")
        reader.types("uv run --quiet ruff check --quiet --ignore I001")  # imports stand in lines of another length
        if IN_FULL:
            reader.types("uv run --quiet mypy")
        for defect in defects(page):
            if defect.is_planted_in(page, part):
                check(reader, page, defect)
