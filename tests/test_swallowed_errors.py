"""Tests of units of work that swallow an error: they commit all rows, or raise and commit nothing.

The invariant, for each case of `data/swallowed_errors.md`. When a unit of work has ended, either

- it has raised, and neither a row of it nor its idempotency key is in the database ("error"); or
- it has not, and exactly the rows whose statements succeeded are there ("all rows"). Rows that a savepoint has
  rolled back are not. An idempotency key is there as well, and a second call with it returns the same result and
  does nothing.

After a statement that failed only a rollback can follow, on each database: PostgreSQL keeps nothing, SQLAlchemy
nothing after a failed flush, and what SQLite and MariaDB undo may be the statement, its last row or the whole
transaction. A savepoint whose exception leaves its block undoes that block alone, and so does `nested.rollback()`
by hand.

Not claimed, and therefore not in the table: COMMIT sent as text, and `session.commit()` inside the block.

On SQLite a unit of work that would wait for another one of the same thread or task is refused at once.
"""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .planting import Edit

TABLE = Path(__file__).parent / "data" / "swallowed_errors.md"
# A server of tests/conftest.py for each column.
KINDS = {
    "SQLite": "sqlite",
    "PostgreSQL": "postgresql",
    "MariaDB": "mysql",
    "MariaDB, innodb_rollback_on_timeout=ON": "mysql-that-rolls-back-on-timeout",
}
IO = ["sync", "async"]
# Ways to open a unit of work.
THROUGH = {
    "sync": ["transaction", "run_transaction", "web"],
    "async": ["transaction", "run_transaction", "web", "run_sync"],
}
THROUGH_A_CLUSTER = ["run_transaction", "idempotency key"]

Cell = tuple[str, str, str]


def table(column: str) -> dict[Cell, str]:
    """Return the outcome of each cell (what fails, where, what follows) that can be had on a database."""
    head, _, *lines = [
        [word.strip() for word in line.split("|")[1:-1]] for line in TABLE.read_text("utf-8").splitlines()
    ]
    found: dict[Cell, str] = {}
    anything: dict[Cell, str] = {}
    for line in lines:
        outcome = line[head.index(column)]
        for fails, where, then in product(*(words.split("; ") for words in line[:3])):
            if outcome != "-":
                (anything if fails == "any" else found)[fails, where, then] = outcome
    places = dict.fromkeys((fails, where) for fails, where, _ in found)
    for (_, there, what), outcome in anything.items():
        found |= {(fails, where, what): outcome for fails, where in places if where == there}
    return found


def wrong(case: dict[str, Any], expected: str) -> str | None:
    """Return what is wrong with a case, or None."""
    reported, stored = ([name.partition(": ")[2] for name in case[rows]] for rows in ("reported", "stored"))
    error, has_key = case["error"], case["through"] == "idempotency key"
    if case["fails"] != "nothing" and not case["swallowed"] and not error:
        return "did not fail at all"
    if error and (stored or case["key"]):
        return f"stored {stored}{' and the key' * case['key']}, and raised {error}"
    if not error and stored != reported:
        return f"stored {stored} of {reported}, and raised nothing"
    if not error and has_key and (not case["key"] or case["again"] != "the same result"):
        return f"acknowledged the key; it is {'' if case['key'] else 'not '}there, and then: {case['again']}"
    if bool(error) is not (expected == "error"):
        return f"stored {stored}, and raised {error or 'nothing'}"
    return None


def mistakes(
    project: Path, kind: str, io: str, throughs: list[str], url: str, folder: Path, fails: str | None = None
) -> list[str]:
    """Run each cell through each of these ways in a project, and return what is wrong; see programs/swallowing.py.

    With `fails` only the cells are run in which this fails.
    """
    column = next(column for column, its in KINDS.items() if its == kind)
    # a cancelled statement takes an event loop
    left_out = {"cancelled"} if io == "sync" else set()
    expected = {
        cell: outcome for cell, outcome in table(column).items() if cell[0] not in left_out and fails in (None, cell[0])
    }
    file = folder / "cells.json"
    file.write_text(json.dumps(list(expected)), "utf-8")
    printed = inside.program(project, f"swallowed_{io}", file, *throughs, DATABASE_URL=url)
    cases = [json.loads(line) for line in printed.splitlines()]
    assert len(cases) == len(throughs) * len(expected)
    return [
        f"{case['through']}: {case['fails']} {case['where']}, {case['then']}: {what}"
        for case in cases
        if (what := wrong(case, expected[case["fails"], case["where"], case["then"]]))
    ]


def test_the_table_has_many_cases() -> None:
    assert all(len(table(column)) >= 24 for column in KINDS)


@pytest.mark.parametrize("io", IO)
@pytest.mark.parametrize("kind", KINDS.values())
def test_a_swallowed_error_loses_nothing_silently(
    kind: str, io: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = bake(io=io, database=kind.partition("-")[0], web="fastapi")

    found = mistakes(project, kind, io, THROUGH[io], new_database(kind), tmp_path)

    assert not found, "\n".join(["", *found[:50]])


@pytest.mark.parametrize("io", IO)
@pytest.mark.parametrize("kind", list(KINDS.values())[1:])
def test_an_acknowledged_key_means_that_all_rows_are_stored(
    kind: str, io: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = bake(io=io, database=kind.partition("-")[0], topology="cluster", web="fastapi")

    found = mistakes(project, kind, io, THROUGH_A_CLUSTER, new_database(kind), tmp_path)

    assert not found, "\n".join(["", *found[:50]])


# The lines that make the table true: a database, the edit that breaks such a line, and the test that then fails.
GUARDS = [
    ("sqlite", Edit("db/session.py", "if is_lost:", "if False:"), "flush"),
    ("sqlite", Edit("db/session.py", "if session.get_transaction() is not begun:", "if False:"), "nothing"),
    ("sqlite", Edit("db/session.py", "raise PendingRollbackError(LOST)", "session.rollback()"), "flush"),
    ("sqlite", Edit("db/errors.py", '["is_undone"] = True', '["is_undone"] = False'), "insert of several"),
    ("sqlite", Edit("db/errors.py", '["is_undone"] = True', '["is_undone"] = False'), "insert of children"),
    ("postgresql", Edit("db/errors.py", '["is_undone"] = True', '["is_undone"] = False'), "refused value"),
    ("postgresql", Edit("db/errors.py", '["is_undone"] = True', '["is_undone"] = False'), "unsendable value"),
    ("mysql", Edit("db/errors.py", '["is_undone"] = True', '["is_undone"] = False'), "insert of several"),
    ("sqlite", Edit("db/errors.py", "if not state.is_executemany:", "if True:"), "stale update"),
]


@pytest.mark.parametrize(("kind", "guard", "fails"), GUARDS, ids=[f"{guard.old} {fails}" for _, guard, fails in GUARDS])
def test_without_each_guard_the_table_is_wrong(
    kind: str, guard: Edit, fails: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(database=kind.partition("-")[0], web="fastapi"), tmp_path)
    guard.plant(project)

    found = mistakes(project, kind, "sync", ["transaction"], new_database(kind), tmp_path, fails)

    assert found


# Units of work inside others, on SQLite: which must be refused. See programs/nested_sync.py.
WRITES = {"write", "run_transaction", "session", "connection"}
READS = {"read", "read only"}
REFUSED = {
    "file": {f"{inner} in {outer}" for inner in WRITES for outer in ("writing", "run_transaction")},
    "memory": {f"{inner} in {outer}" for inner in WRITES | READS for outer in ("writing", "run_transaction")}
    | {f"{inner} in reading" for inner in WRITES},
}


@pytest.mark.parametrize("place", REFUSED)
@pytest.mark.parametrize("io", IO)
def test_a_unit_that_would_wait_for_itself_is_refused_at_once_and_no_other_one(
    io: str, place: str, bake: Bake, new_database: NewDatabase
) -> None:
    url = new_database("sqlite") if place == "file" else "sqlite://"

    printed = inside.program(bake(io=io, database="sqlite"), f"nested_{io}", url)

    found = {line.pop("name"): line for line in map(json.loads, printed.splitlines())}
    assert {name for name, unit in found.items() if unit["error"]} == REFUSED[place] | {"until the deadline"}
    for refused in REFUSED[place]:
        assert found[refused]["error"].startswith("InvalidRequestError: nothing was sent: "), found[refused]
        assert "Pass the outer session on" in found[refused]["error"]
        assert not found[refused]["is_retryable"]
        assert found[refused]["seconds"] < 1
    # 30 seconds is what SQLite waits for a lock, and nothing here has to wait so long
    assert max(unit["seconds"] for unit in found.values()) < 10


@pytest.mark.parametrize("io", IO)
def test_the_retrying_runner_gives_up_at_its_deadline(io: str, bake: Bake) -> None:
    printed = inside.program(bake(io=io, database="sqlite"), f"nested_{io}", "sqlite://")

    found = {line.pop("name"): line for line in map(json.loads, printed.splitlines())}["until the deadline"]
    assert found["error"].startswith("StaleDataError")
    assert 0.1 < found["seconds"] < 5  # a deadline of 0.5, and at most 2 between attempts
