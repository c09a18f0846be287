"""Tests of the MySQL and MariaDB dialect: settings of sessions, and retryable errors."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db.engine import engine_arguments
from {{ cookiecutter.package_name }}.db.retry import is_retryable


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """Yield a blocking engine with the arguments of this project, on a new table.

    The table is in the database of all tests, because a new database would take longer than the test.
    """
    engine = create_engine(**engine_arguments(database_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (name VARCHAR(3))"))
        connection.execute(text("INSERT INTO a VALUES ('old')"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE a"))
    engine.dispose()


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
        holder.execute(text("UPDATE a SET name = 'new'"))
        # MySQL knows nothing below a second
        waiter.execute(text("SET SESSION innodb_lock_wait_timeout = IF(VERSION() LIKE '%MariaDB%', 0, 1)"))

        with pytest.raises(DBAPIError) as error:
            waiter.execute(text("UPDATE a SET name = 'odd'"))

    assert is_retryable(error.value)
