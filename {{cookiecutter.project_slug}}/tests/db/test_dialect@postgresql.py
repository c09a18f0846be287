"""PostgreSQL as this project connects to it: its sessions, and how it tells a conflict from a lost connection."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import engine_arguments
from {{ cookiecutter.package_name }}.db.retry import is_retryable


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """A blocking engine with the arguments of this project, whatever its style, and a new table.

    On the database of all tests: a new database would take longer than the test.
    """
    engine = create_engine(**engine_arguments(database_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO a VALUES (1, 0), (2, 0)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE a"))
    engine.dispose()


def change(connection: Connection, row: int) -> None:
    """Change a row, and so lock it."""
    connection.execute(text("UPDATE a SET n = n + 1 WHERE id = :row"), {"row": row})


@pytest.mark.parametrize(
    ("setting", "value"),
    [("timezone", "UTC"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "1min")],
)
def test_every_session_has_the_settings_of_this_project(engine: Engine, setting: str, value: str) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text(f"SHOW {setting}")) == value


def test_a_swallowed_error_of_a_statement_is_raised_instead_of_losing_the_unit(engine: Engine) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"), engine.begin() as connection:
        change(connection, 1)
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO a VALUES (1, 0)"))

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 0


def test_a_serialization_failure_can_be_retried(engine: Engine) -> None:
    serializable = engine.execution_options(isolation_level="SERIALIZABLE")
    with serializable.connect() as one:
        one.execute(text("SELECT sum(n) FROM a")).all()
        with serializable.begin() as other:
            change(other, 1)

        with pytest.raises(DBAPIError) as error:
            change(one, 1)

    assert is_retryable(error.value)


def test_a_lock_that_is_not_released_in_time_can_be_retried(engine: Engine) -> None:
    with engine.begin() as holder, engine.connect() as waiter:
        change(holder, 1)
        waiter.execute(text("SET lock_timeout = '50ms'"))

        with pytest.raises(DBAPIError) as error:
            change(waiter, 1)

    assert is_retryable(error.value)


def test_a_broken_connection_cannot_be_retried(engine: Engine) -> None:
    with engine.connect() as victim:
        backend = victim.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})

        with pytest.raises(DBAPIError) as error:
            change(victim, 1)

    assert not is_retryable(error.value)


def test_a_connection_that_died_while_idle_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "IDLE", 0)
    with engine.connect() as victim:
        backend = victim.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as killer:
            killer.detach()
            victim.close()
            killer.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend
