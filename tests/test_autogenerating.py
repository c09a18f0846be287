"""Revisions that Alembic writes: they say the same on every database, and can be applied, undone and printed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from . import inside
from .clients import execute, rows, tables
from .conftest import Bake, NewDatabase
from .labs import DATABASES, Lab, new_lab
from .planting import ADD_CITY, CITY, DROP_CITY, LONGER_NAMES, Revision, versions
from .projects import printed, run

MESSAGE = "Companies, and the people who work for them: the 1st revision of all"


@pytest.fixture(params=DATABASES)
def lab(request: pytest.FixtureRequest, bake: Bake, new_database: NewDatabase, tmp_path: Path) -> Lab:
    return new_lab(bake, new_database, tmp_path, request.param)


def revisions(lab: Lab) -> set[Path]:
    """Return the files of all revisions."""
    return set(versions(lab.project).glob("*.py"))


# What Alembic writes although it means the same without.
DEFAULTS = {("schema", None), ("unique", False)}


def operations(revision: Path) -> dict[str, str]:
    """Return what a revision does, without its names, comments, spaces, and arguments that say nothing."""
    functions = [node for node in ast.parse(revision.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    for call in (node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)):
        call.keywords = [
            keyword
            for keyword in call.keywords
            if not (isinstance(keyword.value, ast.Constant) and (keyword.arg, keyword.value.value) in DEFAULTS)
        ]
    return {function.name: ast.unparse(function) for function in functions}


@pytest.mark.parametrize("primary_key", ["integer", "uuid"])
@pytest.mark.parametrize("database", DATABASES)
def test_the_models_of_the_example_give_the_shipped_revision_on_every_database(
    database: str, primary_key: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database, primary_key=primary_key)
    (shipped,) = revisions(lab)
    expected = operations(shipped)
    shipped.unlink()

    lab.migrate(f"revision --autogenerate -m '{MESSAGE}'")

    (written,) = revisions(lab)
    assert operations(written) == expected
    lab.migrate("upgrade head", "check", "downgrade base", "upgrade head", "check")


def test_a_revision_is_named_by_its_date_and_formatted(lab: Lab) -> None:
    (shipped,) = revisions(lab)

    lab.plant(CITY)
    lab.migrate("upgrade head", f"revision --autogenerate -m '{MESSAGE}'")

    (written,) = revisions(lab) - {shipped}
    assert re.fullmatch(
        r"20\d{6}_\d{4}_[0-9a-f]{12}_companies_and_the_people_who_work_for_them_the_.*\.py", written.name
    )
    assert len(written.name) < 90
    for command in ("check", "format --check"):
        printed(run(lab.project, sys.executable, "-m", "ruff", *command.split(), written))


def test_where_nothing_changed_no_revision_is_written(lab: Lab) -> None:
    before = revisions(lab)

    output = lab.migrate("upgrade head", "revision --autogenerate -m nothing")

    assert "No revision was written: nothing changed, or models/__init__.py lacks an import." in output
    assert revisions(lab) == before


# Data, with characters that SQL or a driver may take for its own.
ADD_COMPANY = Revision(
    'companies = sa.table("companies", sa.column("name", sa.String()))\n'
    """op.execute(companies.insert().values(name="O'Hara & Co.: 5 %"))""",
    name="third",
    follows="second",
)


def offline(lab: Lab) -> subprocess.CompletedProcess[str]:
    """Run `upgrade head --sql`, which prints the statements to one stream and what is logged to the other."""
    return inside.python(lab.project, inside.PROGRAMS / "commands.py", "upgrade head --sql", DATABASE_URL=lab.url)


def test_printed_statements_make_the_schema_of_the_models(lab: Lab) -> None:
    lab.plant(CITY, Revision(ADD_CITY, DROP_CITY), ADD_COMPANY)

    done = offline(lab)
    printed(done)
    untouched = tables(lab.url)
    execute(lab.url, done.stdout)

    lab.migrate("check", "current --check-heads")
    assert untouched == set()
    assert rows(lab.url, "SELECT name, city FROM companies") == [("O'Hara & Co.: 5 %", "Oslo")]


# How long a statement waits for a lock that others hold, as in migrations that run.
WAITS = {
    "sqlite": "",
    "postgresql": "SET lock_timeout = '5s';",
    "mysql": "SET SESSION lock_wait_timeout = 5;",
}


def test_printed_statements_wait_for_locks_no_longer_than_migrations_do(lab: Lab) -> None:
    before, create, _ = printed(offline(lab)).partition("CREATE TABLE")

    assert create
    assert WAITS[lab.database] in before


def test_a_batch_is_printed_where_the_table_need_not_be_copied(lab: Lab) -> None:
    lab.plant(Revision(LONGER_NAMES))

    done = offline(lab)

    if lab.database == "sqlite":
        assert "batch mode" in printed(done, returns=255)
    else:
        assert "ALTER TABLE companies" in printed(done)
