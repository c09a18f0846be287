"""Details of a project's engines: tests that no project needs to own, run among the tests of one.

The tests of the projects themselves, in `tests/db/`, are one for each promise.
"""

import shutil
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .projects import printed


@pytest.mark.parametrize("io", ["sync", "async"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql", "mysql-9.7"])
def test_an_engine_keeps_its_promises(
    io: str, kind: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    database = kind.partition("-")[0]
    project = inside.copy(bake(io=io, database=database), tmp_path)
    planted = [f"engine_{database}.py", "engine_settings.py", *(["engine_any.py"] if io == "sync" else [])]
    for name in planted:
        shutil.copy(inside.PROGRAMS / name, project / "tests" / f"test_{name}")
    environment = {} if database == "sqlite" else {"TEST_DATABASE_URL": new_database(kind)}

    output = printed(inside.own_tests(project, *(f"tests/test_{name}" for name in planted), **environment))

    assert "skipped" not in output
