"""Tests of test isolation: it costs one transaction, however many tables a project has."""

import json
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .projects import printed


@pytest.mark.parametrize("io", ["sync", "async"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_a_test_is_kept_apart_by_a_transaction_alone(
    io: str, database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(io=io, database=database), tmp_path)

    printed(inside.own_tests(project, inside.plant(project, "isolated.py"), TEST_DATABASE_URL=new_database(database)))

    assert json.loads((project / "sent.json").read_text(encoding="utf-8")) == ["begin", "rollback"]
