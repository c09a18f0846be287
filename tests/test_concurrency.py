"""Units of work that change the same row at the same time: with the project's code no change is lost.

The same race with what SQLAlchemy does by itself loses most of them, without an error: if it did not, the race
would prove nothing.
"""

import json
from pathlib import Path

import pytest

from . import inside
from .clients import execute, rows
from .conftest import Bake, NewDatabase
from .picture import Outcome

NO_RACE = "no two units of work met, so the race proves nothing"
# Which io a project must have for its workers to be these.
IO = {"threads": "sync", "processes": "sync", "tasks": "async"}


def race(project: Path, url: str, workers: str, units: int, *ways: str) -> list[Outcome]:
    """Let 8 workers run `units` units of work each, in each of some ways; see programs/race_sync.py."""
    printed = inside.program(project, f"race_{IO[workers]}", url, workers, units, *ways)
    outcomes = [Outcome(**json.loads(line)) for line in printed.splitlines()]
    for way, outcome in zip(ways, outcomes, strict=True):
        print(f"{workers}, {way}: {outcome}, {outcome.lost} lost")  # shown by pytest -rP
    return outcomes


def journal_mode(url: str) -> str:
    """Return what a SQLite file says of itself."""
    return str(rows(url, "PRAGMA journal_mode")[0][0])


@pytest.mark.parametrize("workers", IO)
def test_sqlite_loses_no_update(bake: Bake, new_database: NewDatabase, workers: str) -> None:
    project = bake(io=IO[workers], database="sqlite")

    # in this order, so that the project's code too meets a file that is not in WAL mode yet
    unguarded, once, locked, retried = race(
        project, new_database("sqlite"), workers, 200, "defaults", "transaction", "with_for_update", "run_transaction"
    )

    assert unguarded.lost > 0, NO_RACE
    assert once.lost == 0
    assert once.committed + sum(once.errors.values()) == 1600
    assert locked == Outcome(committed=1600, errors={}, value=1600)
    assert retried == Outcome(committed=1600, errors={}, value=1600)


def test_processes_that_open_a_new_file_together_put_it_into_wal_mode(bake: Bake, new_database: NewDatabase) -> None:
    url = new_database("sqlite")
    execute(url, "CREATE TABLE others (id INTEGER)")
    assert journal_mode(url) == "delete"

    (outcome,) = race(bake(io="sync", database="sqlite"), url, "processes", 200, "with_for_update")

    assert outcome == Outcome(committed=1600, errors={}, value=1600)
    assert journal_mode(url) == "wal"


@pytest.mark.parametrize("workers", ["threads", "tasks"])
def test_a_database_in_memory_loses_no_update(bake: Bake, workers: str) -> None:
    project = bake(io=IO[workers], database="sqlite")

    for outcome in race(project, "sqlite://", workers, 200, "with_for_update", "run_transaction"):
        assert outcome == Outcome(committed=1600, errors={}, value=1600)


@pytest.mark.parametrize("workers", ["threads", "tasks"])
@pytest.mark.parametrize("kind", ["postgresql", "postgresql-of-debian", "mysql"])
def test_servers_lose_no_update_of_versioned_rows(
    bake: Bake, new_database: NewDatabase, kind: str, workers: str
) -> None:
    project = bake(io=IO[workers], database=kind.removesuffix("-of-debian"))

    unguarded, guarded = race(project, new_database(kind), workers, 40, "transaction", "run_transaction, versioned")

    assert guarded == Outcome(committed=320, errors={}, value=320)
    assert unguarded.lost > 0, NO_RACE


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_processes_that_fork_after_the_first_query_get_their_own_results(
    kind: str, bake: Bake, new_database: NewDatabase
) -> None:
    assert inside.program(bake(database=kind), "forked", new_database(kind)) == "[0, 0, 0, 0] [0, 0, 0]\n"
