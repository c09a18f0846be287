"""Tests of the command that deletes old idempotency records."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import URL, Engine, insert, select

from {{ cookiecutter.package_name }}.db.base import Base
from {{ cookiecutter.package_name }}.db.cluster import prune
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine
from {{ cookiecutter.package_name }}.db.cluster.idempotency import IdempotencyRecord
from {{ cookiecutter.package_name }}.db.types import utcnow


@pytest.fixture
def blocking(empty_database: URL) -> Iterator[Engine]:
    """Yield a blocking engine for a database with the tables of the models."""
    with blocking_engine(empty_database, "writer") as engine:
        Base.metadata.create_all(engine)
        yield engine


def test_records_older_than_so_many_days_are_deleted_in_chunks(
    blocking: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "CHUNK", 2)
    with blocking.begin() as connection:
        now = connection.scalars(select(utcnow())).one()
        ages = {"new": 0, "young": 29, "old": 31, "older": 40, "oldest": 400}
        rows = [{"key": key, "created_at": now - timedelta(days=days)} for key, days in ages.items()]
        connection.execute(insert(IdempotencyRecord), rows)

    assert prune.prune(blocking, days=30) == 3

    with blocking.connect() as connection:
        assert set(connection.scalars(select(IdempotencyRecord.key))) == {"new", "young"}


def test_the_command_reports_its_work(
    empty_database: URL, blocking: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database.render_as_string(hide_password=False))
    monkeypatch.setattr("sys.argv", ["prune", "--days", "30"])

    prune.main()

    assert capsys.readouterr().out == "0 idempotency records deleted\n"
