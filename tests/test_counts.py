"""How often a unit of work waits for its database: exact numbers, so that nothing slows it down unseen.

For a server these are round trips, the connection's own among them: pings, BEGIN, COMMIT, ROLLBACK. For SQLite they
are statements. The drivers alone need as many for the same SQL, as `python -m benchmarks units` shows.
"""

import json

import pytest

from . import inside
from .conftest import Bake, NewDatabase

COUNTS = {
    # BEGIN, what it does, and COMMIT or ROLLBACK.
    "sqlite": {"insert": 3, "read": 3, "query": 4, "update": 4, "delete": 4, "fail": 3, "read only": 3},
    "postgresql": {"insert": 3, "read": 3, "query": 4, "update": 4, "delete": 4, "fail": 3, "read only": 3},
    # It begins by itself. It has no UPDATE ... RETURNING, so one more query tells `updated_at`. After a ROLLBACK the
    # pool sends its own, to be sure.
    "mysql": {"insert": 2, "read": 2, "query": 3, "update": 4, "delete": 3, "fail": 3, "read only": 2},
    # It has no INSERT ... RETURNING either, so one more query tells `created_at`.
    "mysql-9.7": {"insert": 3, "read": 2, "query": 3, "update": 4, "delete": 3, "fail": 4, "read only": 2},
}


@pytest.mark.parametrize("database", COUNTS)
@pytest.mark.parametrize("io", ["sync", "async"])
def test_units_of_work_wait_no_more_often_than_their_statements_need(
    bake: Bake, new_database: NewDatabase, io: str, database: str
) -> None:
    printed = inside.program(bake(io=io, database=database.partition("-")[0]), f"counts_{io}", new_database(database))

    assert json.loads(printed) == COUNTS[database]


# A request that the application refuses by itself asks nothing; a unit of work has BEGIN and COMMIT or ROLLBACK.
REQUESTS = {
    "list": 3,
    "show": 3,
    "overview": 3,
    "missing": 3,
    "invalid": 0,
    "add": 3,
    "duplicate": 3,
    "change": 4,
    "list employees": 4,
    "remove": 4,
}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("io", ["sync", "async"])
def test_requests_wait_no_more_often_than_their_statements_need(
    bake: Bake, new_database: NewDatabase, io: str, database: str
) -> None:
    project = bake(io=io, database=database, web="fastapi")

    # SQLite counts the DELETE of its own, for the foreign key.
    expected = REQUESTS | ({"remove": 5} if database == "sqlite" else {})
    assert json.loads(inside.program(project, "counts_web", new_database(database))) == expected
