"""Rows move to another database with the program of docs/another-database.md."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from . import inside
from .answers import ROOT
from .clients import rows
from .conftest import Bake, NewDatabase
from .planting import FIRST
from .projects import PACKAGE, printed
from .test_readme import blocks, commands, shell

PAGE = (ROOT / "docs" / "another-database.md").read_text(encoding="utf-8")
# The driver of SQLAlchemy's URL, which the old database needs.
OLD = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
MOVES = [
    ("sqlite", "postgresql", "integer"),
    ("sqlite", "mysql", "integer"),
    ("mysql", "postgresql", "uuid"),
    ("postgresql", "sqlite", "uuid"),
]
TOO_LONG = "UPDATE companies SET name = name || hex(zeroblob(50)) WHERE id = 1"

# The URL of a database, and what its rows are.
Filled = Callable[..., tuple[str, str]]


def copy_rows(project: Path) -> Path:
    """Write the program of the page into a project, where it says."""
    [text] = [text for language, text in blocks(PAGE) if language == "python"]
    comment, _, code = text.partition("\n")
    program = project / comment.removeprefix("# ")
    program.write_text(code, "utf-8")
    return program


def with_driver(url: str) -> str:
    """Return the URL as SQLAlchemy needs it, outside of a project."""
    name, _, rest = url.partition("://")
    return f"{OLD['mysql' if name == 'mariadb' else name]}://{rest}"


@pytest.fixture
def filled(bake: Bake, new_database: NewDatabase) -> Filled:
    """Make a database of this kind with rows in it, on which these statements are run at last."""

    def filled(database: str, *statements: str, **answers: str) -> tuple[str, str]:
        url = new_database(database)
        return url, inside.program(bake(database=database, **answers), "rows", "write", *statements, DATABASE_URL=url)

    return filled


@pytest.mark.parametrize(("old", "new", "primary_key"), MOVES)
def test_every_row_arrives_as_it_was(
    old: str, new: str, primary_key: str, bake: Bake, filled: Filled, new_database: NewDatabase, tmp_path: Path
) -> None:
    url, before = filled(old, primary_key=primary_key)
    project = inside.copy(bake(database=new, primary_key=primary_key), tmp_path)
    moved = new_database(new)
    inside.program(project, "rows", DATABASE_URL=moved)

    said = printed(inside.python(project, copy_rows(project), with_driver(url), DATABASE_URL=moved))

    assert inside.program(project, "rows", DATABASE_URL=moved) == before
    assert len(before.splitlines()) == 1203
    assert said == "companies 2 2\nemployees 1201 1201\n"
    assert "Founded later" in inside.program(project, "rows", "more", DATABASE_URL=moved)


def test_without_the_last_lines_postgresql_counts_from_one_again(
    bake: Bake, filled: Filled, new_database: NewDatabase, tmp_path: Path
) -> None:
    """The other side of the promise."""
    project = inside.copy(bake(database="postgresql"), tmp_path)
    moved = new_database("postgresql")
    inside.program(project, "rows", DATABASE_URL=moved)
    program = copy_rows(project)
    program.write_text(re.sub(r"^ +key = .*", "", program.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL), "utf-8")
    url, _ = filled("sqlite")
    printed(inside.python(project, program, url, DATABASE_URL=moved))

    done = inside.python(project, inside.PROGRAMS / "rows.py", "more", DATABASE_URL=moved)

    assert 'duplicate key value violates unique constraint "pk_companies"' in done.stderr


@pytest.mark.parametrize(
    ("new", "statement", "message"),
    [
        ("postgresql", TOO_LONG, "value too long"),
        ("mysql", TOO_LONG, "Data too long for column 'name'"),
        ("mysql", "UPDATE companies SET name = CASE id WHEN 1 THEN 'acme' ELSE 'ACME' END", "Duplicate entry"),
    ],
)
def test_rows_that_the_new_database_refuses_leave_it_empty(
    new: str,
    statement: str,
    message: str,
    bake: Bake,
    filled: Filled,
    new_database: NewDatabase,
    tmp_path: Path,
) -> None:
    url, _ = filled("sqlite", statement)
    project = inside.copy(bake(database=new), tmp_path)
    moved = new_database(new)
    inside.program(project, "rows", DATABASE_URL=moved)

    done = inside.python(project, copy_rows(project), url, DATABASE_URL=moved)

    assert done.returncode == 1
    assert message in done.stderr
    assert inside.program(project, "rows", DATABASE_URL=moved) == ""


def test_the_commands_of_the_page_move_the_rows(
    bake: Bake, filled: Filled, new_database: NewDatabase, tmp_path: Path
) -> None:
    (url, _), moved = filled("sqlite"), new_database("postgresql")
    project = inside.copy(bake(database="postgresql"), tmp_path)
    copy_rows(project)
    script = "\n".join(commands(PAGE))
    assert f"sqlite:///{PACKAGE}.db" in script

    said = shell(project, script.replace(f"sqlite:///{PACKAGE}.db", url), DATABASE_URL=moved)

    assert "companies 2 2\nemployees 1201 1201\n" in said
    assert rows(moved, "SELECT version_num FROM alembic_version") == [(FIRST,)]
