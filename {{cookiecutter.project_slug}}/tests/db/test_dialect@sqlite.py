"""Tests of the SQLite dialect: settings, and the beginning of transactions."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Column, Engine, Integer, MetaData, Table, create_engine, select
from sqlalchemy.exc import OperationalError

from {{ cookiecutter.package_name }}.db.engine import engine_arguments
from {{ cookiecutter.package_name }}.db.retry import is_retryable

NUMBERS = Table("numbers", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """Yield a blocking engine with the arguments of this project, on a table with one row."""
    engine = create_engine(**engine_arguments(empty_database))
    NUMBERS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(NUMBERS.insert().values(id=1, n=0))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 30_000)]
)
def test_every_connection_has_the_settings_of_this_project(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_rollback_undoes_a_savepoint_and_ddl(engine: Engine) -> None:
    with engine.connect() as connection:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
        connection.rollback()

        assert connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all() == ["numbers"]


def test_a_write_after_a_read_that_is_out_of_date_is_refused_at_once_and_can_be_retried(engine: Engine) -> None:
    with engine.connect() as loser:
        read = loser.scalar(select(NUMBERS.c.n)) or 0
        with engine.begin() as winner:
            winner.execute(NUMBERS.update().values(n=10))

        with pytest.raises(OperationalError, match="locked") as error:
            loser.execute(NUMBERS.update().values(n=read + 1))

    assert is_retryable(error.value)
    with engine.connect() as connection:
        assert connection.scalar(select(NUMBERS.c.n)) == 10
