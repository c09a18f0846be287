"""Tests of the PostgreSQL dialect: settings of sessions, and retryable errors."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from {{ cookiecutter.package_name }}.db.engine import engine_arguments
from {{ cookiecutter.package_name }}.db.retry import is_retryable

# Changes a row, and so locks it.
CHANGE = text("UPDATE a SET n = n + 1")


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """Yield a blocking engine with the arguments of this project, on a new table.

    The table is in the database of all tests, because a new database would take longer than the test.
    """
    engine = create_engine(**engine_arguments(database_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO a VALUES (1, 0)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE a"))
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("timezone", "UTC"), ("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "1min")],
)
def test_every_session_has_the_settings_of_this_project(engine: Engine, setting: str, value: str) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text(f"SHOW {setting}")) == value


def test_a_swallowed_error_raises_at_commit_instead_of_losing_the_unit(engine: Engine) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"), engine.begin() as connection:
        connection.execute(CHANGE)
        with suppress(DBAPIError):
            connection.execute(text("INSERT INTO a VALUES (1, 0)"))

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a")) == 0


def test_a_serialization_failure_can_be_retried(engine: Engine) -> None:
    serializable = engine.execution_options(isolation_level="SERIALIZABLE")
    with serializable.connect() as one:
        one.execute(text("SELECT sum(n) FROM a")).all()
        with serializable.begin() as other:
            other.execute(CHANGE)

        with pytest.raises(DBAPIError) as error:
            one.execute(CHANGE)

    assert is_retryable(error.value)
