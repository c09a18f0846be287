"""SQLite as this project sets it up, next to what it does by itself."""

import sqlite3
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.retry import is_retryable
from {{ cookiecutter.package_name }}.db.engine import with_driver


@contextmanager
def configured(url: URL | str) -> Generator[Engine]:
    """A blocking engine with the options of this project, whatever its style."""
    resolved = dialect.resolve(with_driver(url, dialect.BLOCKING_DRIVER))
    engine = create_engine(resolved, **dialect.engine_options(resolved))
    dialect.configure(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    with configured(empty_database) as engine:
        yield engine


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 30_000)]
)
def test_every_connection_has_the_settings_of_this_project(engine: Engine, pragma: str, value: object) -> None:
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE b (a_id INTEGER REFERENCES a (id))")

    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO b VALUES (1)")


def test_a_rollback_undoes_a_savepoint_and_ddl(engine: Engine) -> None:
    with engine.connect() as connection:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
        connection.rollback()

        assert connection.exec_driver_sql("SELECT name FROM sqlite_master").all() == []


def test_five_connections_at_most_compete_for_the_file(engine: Engine) -> None:
    opened: list[DBAPIConnection] = []

    @event.listens_for(engine, "connect")
    def record(connection: DBAPIConnection, _record: object) -> None:
        opened.append(connection)

    def work(_number: int) -> None:
        with engine.connect():
            time.sleep(0.01)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(16)))

    assert len(opened) <= 5


def test_a_setting_of_the_url_wins(empty_database: URL) -> None:
    with configured(empty_database.update_query_dict({"timeout": "1"})) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1000


def test_a_transaction_that_sqlite_ended_by_itself_is_not_committed_in_part(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")

    with pytest.raises(PendingRollbackError, match="nothing was committed"), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO a VALUES (1)")
        with suppress(IntegrityError):
            connection.exec_driver_sql("INSERT OR ROLLBACK INTO a VALUES (1)")

    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT id FROM a").all() == []


def test_a_writer_has_the_lock_before_it_reads(engine: Engine, empty_database: URL) -> None:
    other = sqlite3.connect(empty_database.database or "", timeout=0)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_reader_neither_waits_for_the_writer_nor_makes_it_wait(engine: Engine) -> None:
    readers = dialect.read_only(engine)
    with engine.begin() as writer:
        writer.exec_driver_sql("CREATE TABLE a (id INTEGER)")

        with readers.connect() as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


def test_the_first_connection_to_a_new_file_waits_for_one_that_is_writing(engine: Engine, empty_database: URL) -> None:
    holder = sqlite3.connect(empty_database.database or "", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    Timer(0.05, holder.close).start()

    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_autocommit_commits(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
        connection.exec_driver_sql("VACUUM")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sqlite_master").scalar() == "a"


def test_a_database_in_memory_is_shared_by_connections_that_do_not_mix() -> None:
    with configured("sqlite://") as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
        readers = dialect.read_only(engine)
        with readers.connect() as one, readers.connect() as other:
            assert one.exec_driver_sql("SELECT count(*) FROM a").scalar() == 0
            assert other.exec_driver_sql("SELECT count(*) FROM a").scalar() == 0


def test_databases_in_memory_are_strangers() -> None:
    with configured("sqlite://") as one, configured("sqlite://") as other:
        with one.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
        with other.connect() as connection, pytest.raises(OperationalError, match="no such table"):
            connection.exec_driver_sql("SELECT 1 FROM a")


def test_a_database_that_stays_locked_is_a_lost_race(engine: Engine, empty_database: URL) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    holder = sqlite3.connect(empty_database.database or "", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError) as error, engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    holder.close()

    assert is_retryable(error.value)
    assert not is_retryable(error.value.orig or error.value)


def test_connections_that_read_are_not_those_that_write(engine: Engine) -> None:
    write = "INSERT INTO a VALUES (1)"
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
    readers = dialect.read_only(engine)
    for lent in (engine, engine.execution_options(isolation_level="AUTOCOMMIT"), engine):
        with readers.connect() as reader, pytest.raises(DBAPIError, match="readonly"):
            reader.exec_driver_sql(write)
        with lent.begin() as connection:
            connection.exec_driver_sql(write)
        raw = engine.raw_connection()
        raw.cursor().execute(write)
        raw.commit()
        raw.close()


def test_all_who_only_read_have_the_same_connections(engine: Engine) -> None:
    drivers: list[object] = []
    for readers in (dialect.read_only(engine), dialect.read_only(engine.execution_options(stream_results=False))):
        with readers.connect() as reader:
            drivers.append(reader.connection.driver_connection)

    assert drivers[0] is drivers[1]


def test_who_disposes_of_the_engine_closes_the_connections_that_read_too(engine: Engine) -> None:
    readers = dialect.read_only(engine)
    with readers.connect() as reader:
        driver: Any = reader.connection.driver_connection

    for _ in range(2):
        engine.dispose()

        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            driver.execute("SELECT 1")
        with readers.connect() as reader:  # a disposed engine connects anew, and so do its readers
            driver = reader.connection.driver_connection

    engine.dispose(close=False)  # as in a process that was forked: these connections are its parent's
    with readers.connect() as reader:
        assert reader.connection.driver_connection is not driver
    driver.execute("SELECT 1")
    driver.close()


def test_what_is_not_committed_is_rolled_back_when_its_connection_comes_back(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER)")
    raw = engine.raw_connection()
    raw.cursor().execute("INSERT INTO a VALUES (1)")
    raw.close()

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM a").all() == []


def test_a_connection_that_was_taken_out_of_the_pool_begins_and_commits(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.detach()
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
        connection.commit()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM a")) == 1
