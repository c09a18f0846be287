"""SQLite as this project connects to it: its settings, when transactions take the lock, databases in memory."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import URL, Column, Engine, Integer, MetaData, Table, create_engine, select
from sqlalchemy.exc import InvalidRequestError, OperationalError

from {{ cookiecutter.package_name }}.db.engine import engine_arguments
from {{ cookiecutter.package_name }}.db.retry import is_retryable

NUMBERS = Table("numbers", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """A blocking engine with the arguments of this project, whatever its style, and a table with one row."""
    engine = create_engine(**engine_arguments(empty_database))
    NUMBERS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(NUMBERS.insert().values(id=1, n=0))
    yield engine
    engine.dispose()


def number(engine: Engine) -> object:
    """What the row has."""
    with engine.connect() as connection:
        return connection.scalar(select(NUMBERS.c.n))


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


def test_reading_takes_no_lock(engine: Engine) -> None:
    with engine.begin() as reader, engine.begin() as writer:
        assert reader.scalar(select(NUMBERS.c.n)) == 0
        writer.execute(NUMBERS.update().values(n=1))

        assert reader.scalar(select(NUMBERS.c.n)) == 0


def test_a_write_after_a_read_that_is_out_of_date_is_refused_at_once_and_can_be_retried(engine: Engine) -> None:
    with engine.connect() as loser:
        read = loser.scalar(select(NUMBERS.c.n)) or 0
        with engine.begin() as winner:
            winner.execute(NUMBERS.update().values(n=10))

        with pytest.raises(OperationalError, match="locked") as error:
            loser.execute(NUMBERS.update().values(n=read + 1))

    assert is_retryable(error.value)
    assert number(engine) == 10


def test_a_read_with_for_update_waits_for_other_writers_and_loses_no_update(engine: Engine) -> None:
    def write(_number: int) -> None:
        with engine.begin() as connection:
            read = connection.scalar(select(NUMBERS.c.n).with_for_update()) or 0
            connection.execute(NUMBERS.update().values(n=read + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(40)))

    assert number(engine) == 40


def test_a_transaction_that_would_wait_for_its_own_thread_is_refused_at_once(engine: Engine) -> None:
    with engine.begin() as outer:
        outer.execute(NUMBERS.update().values(n=1))

        with pytest.raises(InvalidRequestError, match="the same thread or task"), engine.begin() as inner:
            inner.execute(NUMBERS.update().values(n=2))

    assert number(engine) == 1


def test_autocommit_begins_no_transaction(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(NUMBERS.update().values(n=1))
        connection.exec_driver_sql("VACUUM")

    assert number(engine) == 1


def test_a_database_in_memory_belongs_to_its_engine_and_is_shared_by_connections_that_do_not_mix() -> None:
    engine, stranger = (create_engine(**engine_arguments("sqlite://")) for _ in range(2))
    NUMBERS.metadata.create_all(engine)
    with engine.connect() as one, engine.connect() as other:
        assert one.scalar(select(NUMBERS.c.n)) is other.scalar(select(NUMBERS.c.n)) is None
        one.invalidate()
    engine.dispose()

    assert number(engine) is None
    with pytest.raises(OperationalError, match="no such table"):
        number(stranger)
    engine.dispose()
    stranger.dispose()
