"""A file for the tests of a project with PostgreSQL: what its engines do, next to what the driver does by itself."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.util import CommandError
from my_project.db import dialect
from my_project.db.engine import engine_arguments, parse_url, with_driver
from my_project.db.retry import is_retryable
from my_project.db.types import UTCDateTime
from my_project.migrations.commands import upgrade
from psycopg import Error
from sqlalchemy import URL, Connection, Engine, create_engine, event, literal, select, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError


@contextmanager
def made(url: URL, **options: Any) -> Generator[Engine]:
    """A blocking engine with the arguments of this project, whatever its style."""
    engine = create_engine(**engine_arguments(url, **options))
    yield engine
    engine.dispose()


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """On the database of all tests, with a new table: a new database would take longer than the test."""
    with made(database_url) as engine:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER)"))
            connection.execute(text("INSERT INTO a VALUES (1, 0), (2, 0)"))
        yield engine
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE a"))


def test_options_of_the_url_and_of_connect_args_win_and_the_others_stay(database_url: URL) -> None:
    own = {"options": "-c lock_timeout=1s -c work_mem=1MB"}
    for url, options in ((database_url.update_query_dict(own), {}), (database_url, {"connect_args": own})):
        with made(url, **options) as engine, engine.connect() as connection:
            assert connection.scalar(text("SHOW lock_timeout")) == "1s"
            assert connection.scalar(text("SHOW timezone")) == "UTC"


def test_a_setting_of_the_url_wins(database_url: URL) -> None:
    url = database_url.update_query_dict({"keepalives_idle": "60"})

    with made(url) as engine, engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.info.get_parameters()["keepalives_idle"] == "60"


def test_the_server_soon_notices_a_client_that_is_gone(engine: Engine) -> None:
    # all zero on a socket of this machine, which has no network
    with engine.connect() as connection:
        wanted = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
        assert {name: connection.scalar(text(f"SHOW {name}")) for name in wanted} == wanted


def test_postgresql_alone_loses_the_unit_without_an_error(engine: Engine) -> None:
    plain = create_engine(with_driver(engine.url, dialect.BLOCKING_DRIVER))
    with plain.begin() as connection:
        change(connection, 1)
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO a VALUES (1, 0)"))
    plain.dispose()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 0


def change(connection: Connection, row: int) -> None:
    """Change a row, and so lock it."""
    connection.execute(text("UPDATE a SET n = n + 1 WHERE id = :row"), {"row": row})


def test_a_connection_that_was_taken_out_of_the_pool_begins_and_commits(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.detach()
        connection.execute(text("UPDATE a SET n = 2"))
        connection.commit()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a")) == 2


READ_ONLY = {"isolation_level": "SERIALIZABLE", "postgresql_readonly": True, "postgresql_deferrable": True}


@pytest.mark.parametrize("options", [READ_ONLY, {"isolation_level": "AUTOCOMMIT"}])
def test_a_read_only_engine_stays_so_whatever_a_connection_asks_for(
    engine: Engine, database_url: URL, options: dict[str, Any]
) -> None:
    with made(database_url, read_only=True, pool_size=1) as readers:
        for asked in (options, {}, {"postgresql_readonly": False}):
            refused = pytest.raises(DBAPIError, match=r"(?i)read.?only")
            with readers.connect().execution_options(**asked) as connection, refused:
                connection.execute(text("UPDATE a SET n = n + 1"))


def test_a_lock_that_is_not_released_in_time_can_be_retried(engine: Engine) -> None:
    with engine.begin() as holder, engine.connect() as waiter:
        change(holder, 1)
        waiter.execute(text("SET lock_timeout = '50ms'"))

        with pytest.raises(DBAPIError) as error:
            change(waiter, 1)

    assert is_retryable(error.value)


def test_a_failure_of_the_drivers_own_connection_is_seen_at_the_commit(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("UPDATE a SET n = 1"))
        lent: Any = connection.connection
        with suppress(Error):
            lent.driver_connection.execute("SELECT 1 / 0")

        with pytest.raises(PendingRollbackError):
            connection.commit()


def test_a_statement_timeout_is_that_of_the_server_to_the_millisecond(database_url: URL) -> None:
    with made(database_url, statement_timeout=1.5) as engine, engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "1500ms"


def test_a_time_is_the_same_instant_in_utc_whatever_the_zone_of_the_session(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET timezone = 'Asia/Tokyo'"))
        for at in (datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9))), datetime(2026, 1, 1, tzinfo=UTC)):
            stored = connection.scalar(select(literal(at, UTCDateTime())))
            assert stored == at
            assert stored.tzinfo is UTC
            assert connection.scalar(select(literal(at, UTCDateTime()) == text("'2026-01-01 00:00Z'::timestamptz")))


def test_an_error_in_the_first_transaction_of_an_engine_is_raised_as_it_is(database_url: URL) -> None:
    def fail(connection: Any, _record: Any) -> None:
        with suppress(Error):
            connection.cursor().execute("SELECT 1 / 0")

    with made(database_url) as engine:
        event.listen(engine, "connect", fail, insert=True)  # before the statements of SQLAlchemy itself
        with pytest.raises(DBAPIError, match="transaction is aborted"):
            engine.connect()


@pytest.mark.parametrize("option", ["pgbouncer", "schema", "ssl", "supa"])
def test_an_option_that_the_driver_does_not_have_is_named(option: str) -> None:
    with pytest.raises(ValueError, match=rf"unknown options \({option}\): remove.*sslmode=require"):
        parse_url(f"postgresql://me:secret@host/db?connect_timeout=7&{option}=true")


def test_options_of_hosting_providers_that_the_driver_has_are_accepted() -> None:
    query = "host=a:1&host=b:2&sslmode=require&channel_binding=require&options=endpoint%3Dx&target_session_attrs=any"

    assert len(parse_url(f"postgres://me:secret@/db?{query}").query) == 5


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_store_every_character_gets_no_first_revision(
    empty_database: URL, encoding: str
) -> None:
    engine = create_engine(with_driver(empty_database, dialect.BLOCKING_DRIVER), isolation_level="AUTOCOMMIT")
    other = empty_database.set(database=f"{empty_database.database}_other")
    with engine.connect() as connection:
        options = f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        connection.exec_driver_sql(f"CREATE DATABASE {other.database} {options}")
        try:
            with pytest.raises(CommandError, match=f"encoding {encoding}, which lacks .*: create it again with ENCOD"):
                upgrade(other)
            make_version_table(other)
            upgrade(other)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {other.database} WITH (FORCE)")
    engine.dispose()


def make_version_table(url: URL) -> None:
    """Make a database look as if it had been migrated before."""
    arguments = {"client_encoding": "utf8"}
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), connect_args=arguments)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    engine.dispose()
