"""A file for the tests of a project with MySQL or MariaDB: what its engines do, next to what the driver does."""
# mypy: disable-error-code="import-not-found"

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from alembic.util import CommandError
from my_project.db import dialect
from my_project.db.engine import engine_arguments, parse_url, with_driver
from my_project.migrations.commands import upgrade
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError, PendingRollbackError


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """A blocking engine with the options of this project, whatever its style.

    On the database of all tests, with a new table: a new database would take longer than the test.
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


WAITING = "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"


def wait_until_somebody_waits(connection: Connection) -> None:
    """Return when a transaction waits for a lock; InnoDB renews that table when nobody has looked for 0.1 seconds."""
    for _ in range(40):
        time.sleep(0.2)
        if connection.scalar(text(WAITING)):
            return
    pytest.fail("nobody waits for a lock, so there will be no deadlock")


def deadlock(engine: Engine, mistake: type[Exception] = OperationalError) -> None:
    """Commit a unit of work after its deadlock, of which nobody was told."""
    with ThreadPoolExecutor(1) as pool, engine.connect() as other, engine.begin() as loser:
        # the one that has changed more rows wins
        other.execute(text("UPDATE a SET n = n + 100 WHERE id > 1"))
        other.execute(text("INSERT INTO a VALUES (3, 0, ''), (4, 0, ''), (5, 0, '')"))
        change(loser, 1)
        waiting = pool.submit(change, other, 1)
        wait_until_somebody_waits(loser)
        try:
            with suppress(mistake), loser.begin_nested():
                change(loser, 2)
        finally:
            waiting.result()
        other.rollback()
        change(loser, 1)


def test_a_swallowed_deadlock_is_raised_instead_of_saving_half_of_the_unit(engine: Engine) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"):
        deadlock(engine)

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 0


def test_a_deadlock_inside_a_savepoint_is_raised_as_one_that_can_be_retried(engine: Engine) -> None:
    with pytest.raises(OperationalError) as caught:
        deadlock(engine, mistake=ZeroDivisionError)

    assert caught.value.orig is not None
    assert dialect.is_retryable(caught.value.orig)


def test_looking_for_a_table_that_is_not_there_is_no_failure(engine: Engine) -> None:
    with engine.begin() as connection:
        change(connection, 1)
        assert not inspect(connection).has_table("b")

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 1


def test_the_driver_alone_saves_half_of_the_unit_without_an_error(engine: Engine) -> None:
    plain = create_engine(with_driver(engine.url, dialect.BLOCKING_DRIVER))
    deadlock(plain)
    plain.dispose()

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT n FROM a WHERE id = 1")) == 1  # and it was added twice


def test_uncommitted_changes_are_rolled_back_when_the_connection_returns_to_the_pool(engine: Engine) -> None:
    raw = engine.raw_connection()
    raw.cursor().execute("UPDATE a SET n = 7")
    raw.close()
    with engine.begin() as connection:
        change(connection, 1)
    used = engine.raw_connection()
    used.cursor().execute("UPDATE a SET n = 7")
    used.close()

    with engine.connect() as connection:
        assert connection.scalars(text("SELECT n FROM a ORDER BY id")).all() == [1, 0]


def test_connect_args_win_and_the_others_stay(database_url: URL) -> None:
    engine = create_engine(**engine_arguments(database_url, connect_args={"init_command": "SET @mine = 1"}))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT @mine, @@innodb_lock_wait_timeout")).one() == (1, 10)
    engine.dispose()


def test_a_commit_is_not_followed_by_a_rollback(engine: Engine) -> None:
    def rollbacks(connection: Connection) -> int:
        return int(connection.execute(text("SHOW SESSION STATUS LIKE 'Com_rollback'")).one()[1])

    with engine.begin() as connection:
        before = rollbacks(connection)
    with engine.connect() as connection:
        assert rollbacks(connection) == before
    with engine.connect() as connection:  # the one before did not commit
        assert rollbacks(connection) == before + 1


def test_all_rows_of_a_stream_arrive_although_other_statements_run_meanwhile(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO a VALUES (:id, 0, '')"), [{"id": number} for number in range(3, 51)])
        streamed = connection.execution_options(yield_per=10).execute(text("SELECT id FROM a ORDER BY id"))
        seen = []
        for number in streamed.scalars():
            change(connection, number)
            seen.append(number)

    assert seen == [*range(1, 51)]


TLS = ["ssl-mode", "ssl_mode", "sslmode", "sslaccept", "useSSL", "ssl"]


@pytest.mark.parametrize("option", [*TLS, "serverTimezone", "stmt_cache_size"])
def test_an_option_that_a_driver_does_not_have_is_named(option: str) -> None:
    with pytest.raises(ValueError, match=rf"unknown options \({option}\): remove.*ssl_ca="):
        parse_url(f"mysql://me:secret@host/db?charset=utf8mb4&{option}=true")


def test_options_of_the_drivers_and_of_sqlalchemy_are_accepted() -> None:
    ours = "host=a:1&host=b:2&charset=utf8mb4&sql_mode=ANSI&connect_timeout=7&read_timeout=7&init_command=SELECT+1"
    tls = "&".join(f"ssl_{name}=x" for name in ("ca", "capath", "cert", "check_hostname", "cipher", "key"))

    assert len(parse_url(f"mariadb://me:secret@/db?{ours}&{tls}").query) == 12


def test_a_database_that_cannot_store_every_character_gets_no_first_revision(empty_database: URL) -> None:
    engine = create_engine(with_driver(empty_database, dialect.BLOCKING_DRIVER))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {empty_database.database} CHARACTER SET latin1")
        with pytest.raises(CommandError, match="the character set latin1, which lacks characters: ALTER") as refusal:
            upgrade(empty_database)
        assert inspect(connection).get_table_names() == []

        connection.exec_driver_sql(str(refusal.value).partition(": ")[2])
        upgrade(empty_database)
        connection.exec_driver_sql(f"ALTER DATABASE {empty_database.database} CHARACTER SET latin1")
        upgrade(empty_database)
    engine.dispose()
