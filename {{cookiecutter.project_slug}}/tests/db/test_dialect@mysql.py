"""MySQL or MariaDB as this project connects to it: its sessions, and how it tells a conflict from a lost connection."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

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
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, name VARCHAR(3))"))
        connection.execute(text("INSERT INTO a VALUES (1, 0, ''), (2, 0, '')"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE a"))
    engine.dispose()


def change(connection: Connection, row: int) -> None:
    """Change a row, and so lock it."""
    connection.execute(text("UPDATE a SET n = n + 1 WHERE id = :row"), {"row": row})


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("time_zone", "+00:00"),
        ("innodb_lock_wait_timeout", 10),
        ("lock_wait_timeout", 10),
        ("character_set_connection", "utf8mb4"),
    ],
)
def test_every_session_has_the_settings_of_this_project(engine: Engine, setting: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT @@{setting}")) == value


def test_a_string_that_is_too_long_is_an_error_and_not_cut(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match="too long"):
        connection.execute(text("UPDATE a SET name = 'four'"))


def test_a_lock_that_is_not_released_in_time_can_be_retried(engine: Engine) -> None:
    with engine.begin() as holder, engine.connect() as waiter:
        change(holder, 1)
        # MySQL knows nothing below a second
        waiter.execute(text("SET SESSION innodb_lock_wait_timeout = IF(VERSION() LIKE '%MariaDB%', 0, 1)"))

        with pytest.raises(DBAPIError) as error:
            change(waiter, 1)

    assert is_retryable(error.value)


def test_a_broken_connection_cannot_be_retried(engine: Engine) -> None:
    with engine.connect() as victim:
        thread = victim.scalar(text("SELECT CONNECTION_ID()"))
        with engine.connect() as killer:
            killer.execute(text(f"KILL {thread}"))

        with pytest.raises(DBAPIError) as error:
            change(victim, 1)

    assert not is_retryable(error.value)


def test_a_connection_that_died_while_idle_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "IDLE", 0)
    with engine.connect() as victim:
        thread = victim.scalar(text("SELECT CONNECTION_ID()"))
        with engine.connect() as killer:
            killer.detach()
            victim.close()
            killer.execute(text(f"KILL {thread}"))

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT CONNECTION_ID()")) != thread


def test_a_commit_is_not_followed_by_a_rollback(engine: Engine) -> None:
    def rollbacks(connection: Connection) -> int:
        return int(connection.execute(text("SHOW SESSION STATUS LIKE 'Com_rollback'")).one()[1])

    with engine.begin() as connection:
        before = rollbacks(connection)
    with engine.connect() as connection:
        assert rollbacks(connection) == before
    with engine.connect() as connection:  # the one before did not commit
        assert rollbacks(connection) == before + 1
