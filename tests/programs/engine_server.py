"""A file for the tests of a project with a server: what its engines do, whichever the server is."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest
from alembic.util import CommandError
from my_project.db import dialect
from my_project.db.engine import engine_arguments
from my_project.db.retry import is_retryable
from my_project.migrations.commands import upgrade
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

if "postgresql" in dialect.BACKENDS:
    OWN, KILL = "SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"
else:
    OWN, KILL = "SELECT CONNECTION_ID()", "KILL {}"


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """A blocking engine with the options of this project, whatever its style.

    On the database of all tests, with a new table: a new database would take longer than the test.
    """
    engine = create_engine(**engine_arguments(database_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER)"))
        connection.execute(text("INSERT INTO a VALUES (1, 0), (2, 0)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE a"))
    engine.dispose()


def change(connection: Connection) -> None:
    """Change a row."""
    connection.execute(text("UPDATE a SET n = n + 1 WHERE id = 1"))


@pytest.fixture
def pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each ping."""
    pings: list[str] = []
    ping = engine.dialect.do_ping

    def do_ping(connection: Any) -> bool:
        pings.append("ping")
        return ping(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", do_ping)
    return pings


def test_a_connection_is_pinged_only_if_it_was_idle(
    engine: Engine, pings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    assert pings == []

    monkeypatch.setattr(dialect, "IDLE", 0)
    for _ in range(3):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    assert pings == ["ping"] * 3


def test_an_error_of_the_ping_that_is_no_lost_connection_is_raised(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    monkeypatch.setattr(dialect, "IDLE", 0)

    def ping(connection: DBAPIConnection) -> None:
        connection.cursor().execute("no SQL")

    monkeypatch.setattr(engine.dialect, "do_ping", ping)

    with pytest.raises(DBAPIError, match="syntax"), engine.connect():
        pass


def test_10_connections_stay_open_and_there_are_15_at_most(database_url: URL) -> None:
    engine = create_engine(**engine_arguments(database_url, pool_timeout=0.1))

    def use(number: int) -> set[int]:
        with ExitStack() as stack:
            lent = [stack.enter_context(engine.connect()) for _ in range(number)]
            return {connection.scalar(text(OWN)) for connection in lent}

    used = use(10)

    assert use(10) == used
    assert used < use(15)
    with pytest.raises(PoolTimeoutError):
        use(16)
    engine.dispose()


def test_every_copy_of_a_read_only_engine_refuses_to_write(engine: Engine, database_url: URL) -> None:
    readers = create_engine(**engine_arguments(database_url, read_only=True))
    for reading in (readers, readers.execution_options(logging_token="copy")):  # noqa: S106
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"), reading.begin() as connection:
            change(connection)
    with engine.begin() as connection:
        change(connection)
    readers.dispose()


def test_a_broken_connection_cannot_be_retried(engine: Engine) -> None:
    with engine.connect() as victim:
        own = victim.scalar(text(OWN))
        with engine.connect() as killer:
            killer.execute(text(KILL.format(own)))

        with pytest.raises(DBAPIError) as error:
            change(victim)

    assert not is_retryable(error.value)


def test_a_connection_that_died_while_idle_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "IDLE", 0)
    with engine.connect() as victim:
        own = victim.scalar(text(OWN))
        with engine.connect() as killer:
            killer.detach()
            victim.close()
            killer.execute(text(KILL.format(own)))

    with engine.connect() as connection:
        assert connection.scalar(text(OWN)) != own


def test_two_phases_keep_what_they_commit_and_nothing_else(engine: Engine) -> None:
    with engine.connect() as connection:
        for end in ("rollback", "commit"):
            both = connection.begin_twophase()
            change(connection)
            getattr(both, end)()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 1


def test_two_phases_keep_nothing_after_a_statement_that_failed(engine: Engine) -> None:
    with engine.connect() as connection:
        both = connection.begin_twophase()
        change(connection)
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT * FROM nowhere"))
        with pytest.raises(PendingRollbackError):
            both.commit()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 0


@pytest.mark.parametrize(("query", "seconds"), [({}, "5"), ({"connect_timeout": "20"}, "20")])
def test_the_url_wins_over_the_timeout_of_migrations(
    query: dict[str, str], seconds: str, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = import_module(dialect.BLOCKING_DRIVER)
    seen: dict[str, Any] = {}

    def connect(**parameters: Any) -> None:
        seen.update(parameters)
        raise driver.OperationalError("seen enough")

    monkeypatch.setattr(driver, "connect", connect)
    with pytest.raises(CommandError, match="seen enough"):
        upgrade(database_url.update_query_dict(query))

    assert str(seen["connect_timeout"]) == seconds
