"""Details of a project: tests that no project needs to own, run among the tests of one.

The tests of the projects themselves, in `tests/db/`, are for what an upgrade or a change of their own can break.
"""

from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .projects import printed


def details(io: str, database: str, primary_key: str) -> list[str]:
    """Return the files of `programs/` that are run among the tests of a project with these options."""
    return [
        "tour_at_80_columns.py",
        "models_base.py",
        "models_types.py",
        "migrations_any.py",
        f"models_keys_{primary_key}.py",
        "engine_settings.py",
        "engine_session.py",
        f"engine_{database}.py",
        f"violations_{io}.py",
        *(["engine_server.py"] if database != "sqlite" else []),
        *(["engine_any.py"] if io == "sync" else ["pool_async.py"]),
        *(["gathered_sqlite.py"] if (io, database) == ("async", "sqlite") else []),
    ]


@pytest.mark.parametrize(("io", "primary_key"), [("sync", "integer"), ("async", "uuid")])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql", "mysql-9.7"])
def test_a_project_keeps_its_promises_in_detail(
    io: str, primary_key: str, kind: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    database = kind.partition("-")[0]
    project = inside.copy(bake(io=io, database=database, primary_key=primary_key, web="fastapi"), tmp_path)
    planted = [inside.plant(project, name) for name in details(io, database, primary_key)]
    environment = {} if database == "sqlite" else {"TEST_DATABASE_URL": new_database(kind)}

    output = printed(inside.own_tests(project, *planted, **environment))

    assert "skipped" not in output


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_web_application_limits_concurrent_requests_in_detail(io: str, bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(io=io, database="sqlite", web="fastapi"), tmp_path)

    assert " passed" in printed(inside.own_tests(project, inside.plant(project, "concurrency_limit.py")))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_listener_that_raises_keeps_its_error_and_no_connection(
    database: str, bake: Bake, new_database: NewDatabase
) -> None:
    printed_by = inside.program(bake(io="async", database=database), "raising_listener", new_database(database))

    assert printed_by.splitlines() == ["LookupError('nobody is logged in')", "0"]
