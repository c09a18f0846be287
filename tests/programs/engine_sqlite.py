"""A file for the tests of a project with SQLite: what its engines do, next to what the driver does by itself."""
# mypy: disable-error-code="import-not-found"

import gc
import signal
import sqlite3
import weakref
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from threading import Timer
from typing import Any

import pytest
from alembic.command import downgrade, stamp
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from my_project.db import dialect
from my_project.db.engine import engine_arguments
from my_project.db.retry import is_retryable
from my_project.migrations import autogenerate, locking
from my_project.migrations.commands import alembic_config, upgrade
from sqlalchemy import URL, CheckConstraint, Engine, MetaData, NullPool, Table, column, create_engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.schema import Column
from sqlalchemy.types import BigInteger, Integer

NUMBERS = Table("numbers", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))


@contextmanager
def made(url: URL | str, **options: Any) -> Generator[Engine]:
    """A blocking engine with the arguments of this project, whatever its style."""
    engine = create_engine(**engine_arguments(url, **options))
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """An engine of a database with one table, which has one row."""
    with made(empty_database) as engine:
        NUMBERS.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(NUMBERS.insert().values(id=1, n=0))
        yield engine


def number(engine: Engine) -> object:
    """Return the value of the row."""
    with engine.connect() as connection:
        return connection.scalar(select(NUMBERS.c.n))


def test_an_interrupted_statement_keeps_no_lock(empty_database: URL) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    slow = text("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT sum(i) FROM n")
    before = signal.signal(signal.SIGALRM, interrupt)
    with made(empty_database, connect_args={"timeout": 1}) as engine:
        NUMBERS.metadata.create_all(engine)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        # the traceback keeps the cursor alive
        with pytest.raises(KeyboardInterrupt) as interrupted, engine.begin() as connection:  # noqa: PT012
            connection.execute(NUMBERS.insert().values(id=1, n=0))
            connection.execute(slow)
        signal.signal(signal.SIGALRM, before)

        with engine.begin() as connection:
            connection.execute(NUMBERS.insert().values(id=2, n=0))
    assert interrupted.type is KeyboardInterrupt


def test_a_commit_that_a_deferred_foreign_key_refuses_ends_the_transaction(engine: Engine) -> None:
    deferred = "CREATE TABLE b (a_id INTEGER REFERENCES numbers (id) DEFERRABLE INITIALLY DEFERRED)"
    with engine.begin() as connection:
        connection.exec_driver_sql(deferred)

    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO b VALUES (2)")
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            connection.commit()
        connection.rollback()
        connection.exec_driver_sql("INSERT INTO b VALUES (1)")
        connection.commit()

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT a_id FROM b").scalars().all() == [1]


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE b (a_id INTEGER REFERENCES numbers (id))")

    with pytest.raises(IntegrityError, match="FOREIGN KEY") as error, engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO b VALUES (2)")

    assert not hasattr(error.value.orig, "__notes__")  # no other transaction was in the way


def test_five_connections_at_most_compete_for_the_file(empty_database: URL) -> None:
    with made(empty_database, pool_timeout=0.05) as engine, ExitStack() as held:
        for _ in range(5):
            held.enter_context(engine.connect())

        with pytest.raises(PoolTimeoutError):
            engine.connect()


@pytest.mark.parametrize(("limit", "wait"), [(None, 30_000), (2.5, 2500), (40, 30_000)])
def test_a_wait_for_the_lock_is_no_longer_than_a_statement_may_take(
    empty_database: URL, limit: float | None, wait: int
) -> None:
    with made(empty_database, statement_timeout=limit) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == wait


def test_settings_of_the_url_and_of_connect_args_win_and_the_others_stay(empty_database: URL) -> None:
    for url, options in (
        (empty_database.update_query_dict({"timeout": "1"}), {}),
        (empty_database, {"connect_args": {"timeout": 1}}),
    ):
        with made(url, **options) as engine, engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1000
            driver: Any = connection.connection.driver_connection
            assert driver.isolation_level == "IMMEDIATE"


@pytest.mark.parametrize("reads_first", [False, True])
@pytest.mark.parametrize("locking", [select(NUMBERS).with_for_update(), NUMBERS.update().values(n=1)])
def test_a_transaction_that_writes_or_selects_for_update_has_the_lock(
    engine: Engine, empty_database: URL, locking: Any, reads_first: bool
) -> None:
    other = sqlite3.connect(empty_database.database or "", timeout=0)
    with engine.begin() as connection:
        if reads_first:
            connection.execute(select(NUMBERS))
        connection.execute(locking)

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_write_that_is_refused_says_what_to_write_instead(engine: Engine) -> None:
    with engine.connect() as loser:
        loser.scalar(select(NUMBERS.c.n))
        with engine.begin() as winner:
            winner.execute(NUMBERS.update().values(n=10))

        with pytest.raises(DBAPIError, match="locked") as error:
            loser.execute(NUMBERS.update().values(n=1))

    assert error.value.orig is not None
    assert "run_transaction(), or read with select(...).with_for_update()" in error.value.orig.__notes__[0]


def test_sqlites_own_rules_lose_an_update_without_an_error(engine: Engine, empty_database: URL) -> None:
    plain = create_engine(empty_database)
    with plain.begin() as loser:
        read = loser.scalar(select(NUMBERS.c.n)) or 0
        with engine.begin() as winner:
            winner.execute(NUMBERS.update().values(n=10))
        loser.execute(NUMBERS.update().values(n=read + 1))
    plain.dispose()

    assert number(engine) == 1


def test_the_first_connection_to_a_new_file_waits_for_one_that_is_writing(empty_database: URL) -> None:
    holder = sqlite3.connect(empty_database.database or "", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    Timer(0.05, holder.close).start()

    with made(empty_database) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_the_first_connection_to_a_new_file_does_not_wait_for_ever(
    empty_database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "BUSY_TIMEOUT", 0)
    holder = sqlite3.connect(empty_database.database or "", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    timer = Timer(2, holder.close)
    timer.start()

    with made(empty_database, connect_args={"timeout": 0}) as engine, pytest.raises(OperationalError, match="locked"):
        engine.connect()
    timer.cancel()
    holder.close()


def test_a_file_that_cannot_be_written_to_is_read(engine: Engine, empty_database: URL) -> None:
    engine.dispose()
    url = URL.create("sqlite", database=f"file:{empty_database.database}", query={"mode": "ro", "uri": "true"})
    with made(url) as reader:
        assert number(reader) == 0
        with pytest.raises(DBAPIError, match="readonly"), reader.begin() as connection:
            connection.execute(NUMBERS.update().values(n=1))


def test_a_file_that_cannot_be_switched_to_wal_is_read(empty_database: URL) -> None:
    with closing(sqlite3.connect(empty_database.database or "")) as plain:
        plain.execute("CREATE TABLE numbers (id INTEGER, n INTEGER)")
    url = URL.create("sqlite", database=f"file:{empty_database.database}", query={"mode": "ro", "uri": "true"})
    with made(url) as reader, reader.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.execute(select(NUMBERS)).all() == []


def test_a_database_that_stays_locked_can_be_retried(engine: Engine, empty_database: URL) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    holder = sqlite3.connect(empty_database.database or "", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError) as error, engine.begin() as connection:
        connection.execute(NUMBERS.update().values(n=1))
    holder.close()

    assert is_retryable(error.value)
    assert not is_retryable(error.value.orig or error.value)


def test_every_copy_of_a_read_only_engine_refuses_to_write(engine: Engine, empty_database: URL) -> None:
    with made(empty_database, read_only=True) as readers:
        for reading in (readers, readers.execution_options(logging_token="copy")):  # noqa: S106
            assert number(reading) == 0
            with pytest.raises(DBAPIError, match="readonly"), reading.begin() as connection:
                connection.execute(NUMBERS.update().values(n=1))


def test_uncommitted_changes_are_rolled_back_when_the_connection_returns_to_the_pool(engine: Engine) -> None:
    raw = engine.raw_connection()
    raw.cursor().execute("UPDATE numbers SET n = 1")
    raw.close()

    assert number(engine) == 0


def test_a_connection_that_was_taken_out_of_the_pool_begins_and_commits(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.detach()
        connection.execute(text("UPDATE numbers SET n = 1"))
        connection.commit()

    assert number(engine) == 1


def test_a_unit_that_was_rolled_back_by_a_statement_goes_no_further(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(NUMBERS.insert().values(id=2, n=2))
        connection.exec_driver_sql("ROLLBACK")
        with pytest.raises(PendingRollbackError, match="COMMIT or ROLLBACK as SQL"):
            connection.execute(NUMBERS.insert().values(id=3, n=3))

    with engine.connect() as connection:
        assert connection.execute(select(NUMBERS)).all() == [(1, 0)]


def test_the_commit_of_a_unit_that_was_ended_by_a_statement_is_refused(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(NUMBERS.insert().values(id=2, n=2))
        connection.exec_driver_sql("ROLLBACK")
        with pytest.raises(PendingRollbackError, match="COMMIT or ROLLBACK as SQL"):
            connection.commit()


def test_reading_takes_no_lock(engine: Engine) -> None:
    with engine.begin() as reader, engine.begin() as writer:
        assert reader.scalar(select(NUMBERS.c.n)) == 0
        writer.execute(NUMBERS.update().values(n=1))

        assert reader.scalar(select(NUMBERS.c.n)) == 0


@pytest.mark.parametrize(
    "reading",
    [
        "select n from numbers",
        "\n  -- a reason\n  /* of two\n  lines */ SELECT n FROM numbers",
        "with own as (\n  select n from numbers\n)\nselect n from own",
    ],
)
def test_sql_that_reads_takes_no_lock_however_it_is_written(engine: Engine, reading: str) -> None:
    with engine.begin() as reader, engine.begin() as writer:
        assert reader.scalar(text(reading)) == 0
        writer.execute(NUMBERS.update().values(n=1))


@pytest.mark.parametrize(
    "writing",
    [
        "update numbers set n = 1",
        "with own as (select 1)\nupdate numbers\nset n = 1",
        "WITH own AS (SELECT 1)\nREPLACE  INTO numbers VALUES (1, 1)",
        "-- a reason\nINSERT INTO numbers VALUES (2, 1)",
        "CREATE TABLE other (id INTEGER)",
        "SELECT n FROM numbers /* FOR UPDATE */",
    ],
)
def test_a_second_write_of_the_same_thread_is_refused_instead_of_waiting_for_the_first(
    empty_database: URL, engine: Engine, writing: str
) -> None:
    with made(empty_database, connect_args={"timeout": 0}) as engine, engine.connect() as outer:
        outer.execute(text(writing))
        with engine.connect() as inner:
            assert inner.scalar(select(NUMBERS.c.n)) == 0
            with pytest.raises(InvalidRequestError, match="Pass the outer session on"):
                inner.execute(NUMBERS.update().values(n=2))


@pytest.mark.parametrize(
    "before", [[NUMBERS.update().values(n=1)], [select(NUMBERS), NUMBERS.update().values(n=1)], []], ids=len
)
def test_a_write_that_failed_in_a_savepoint_leaves_the_lock_where_it_was(
    empty_database: URL, engine: Engine, before: list[Any]
) -> None:
    with made(empty_database, connect_args={"timeout": 0}) as engine, engine.connect() as outer:
        for statement in before:
            outer.execute(statement)
        with pytest.raises(IntegrityError), outer.begin_nested():
            outer.execute(NUMBERS.insert().values(id=1, n=2))

        with engine.connect() as inner, pytest.raises(InvalidRequestError, match="Pass the outer session on"):
            inner.execute(NUMBERS.update().values(n=2))


@pytest.mark.parametrize("statements", [(select(NUMBERS), NUMBERS.delete()), (NUMBERS.delete(), select(NUMBERS))])
def test_in_memory_a_reader_and_a_writer_of_the_same_thread_are_refused_instead_of_waiting(
    statements: tuple[Any, Any],
) -> None:
    first, second = statements
    with made("sqlite://", connect_args={"timeout": 0}) as engine:
        NUMBERS.metadata.create_all(engine)
        with engine.connect() as outer, engine.connect() as inner:
            outer.execute(first)
            with pytest.raises(InvalidRequestError, match="Pass the outer session on"):
                inner.execute(second)


def test_after_a_write_that_waited_in_vain_select_for_update_takes_the_lock(
    engine: Engine, empty_database: URL
) -> None:
    other = sqlite3.connect(empty_database.database or "", timeout=0, isolation_level=None)
    with made(empty_database, connect_args={"timeout": 0}) as engine, engine.connect() as connection:
        connection.execute(select(NUMBERS))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), connection.begin_nested():
            connection.execute(NUMBERS.update().values(n=1))
        other.execute("ROLLBACK")
        connection.execute(select(NUMBERS).with_for_update())

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()


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


def test_a_database_in_memory_can_be_forgotten_by_another_thread_than_the_one_that_made_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", errors.append)
    engine = create_engine(**engine_arguments("sqlite://"))
    with ThreadPoolExecutor() as threads:
        threads.submit(NUMBERS.metadata.create_all, engine).result()
    engine.dispose()
    forgotten = weakref.ref(engine.dialect)

    del engine
    gc.collect()

    assert forgotten() is None
    assert errors == []


def test_a_migration_that_waited_in_vain_says_for_what(empty_database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "LOCK_WAIT", 0.1)

    with closing(sqlite3.connect(str(empty_database.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CommandError, match="another process has been writing"):
            upgrade(empty_database)


def test_the_first_statement_of_a_connection_and_the_next_are_cancelled_after_their_time(empty_database: URL) -> None:
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000000) SELECT count(*) FROM n"

    with made(empty_database, statement_timeout=0.05) as engine, engine.connect() as connection:
        for _ in range(2):
            with pytest.raises(OperationalError, match="interrupted"):
                connection.execute(text(counting))
            connection.rollback()


def test_a_migration_that_would_leave_broken_foreign_keys_is_undone_and_names_five(empty_database: URL) -> None:
    upgrade(empty_database)
    with closing(sqlite3.connect(str(empty_database.database))) as other:
        other.execute("INSERT INTO companies (id, name) VALUES (1, 'Ann')")
        key = "INTEGER REFERENCES companies (id)"
        other.execute(f"CREATE TABLE orders (id INTEGER PRIMARY KEY, company_id {key}, other_id {key})")
        other.executemany("INSERT INTO orders VALUES (?, 1, 2)", [(number,) for number in range(11, 17)])
        other.commit()

        with pytest.raises(CommandError) as refusal:
            downgrade(alembic_config(url=empty_database), "base")

        named = ", ".join(f"row {number} of orders refers to no companies" for number in range(11, 16))
        assert str(refusal.value) == f"rolled back, because foreign keys would be broken: {named}"
        assert other.execute("SELECT name FROM companies").fetchall() == [("Ann",)]


def test_a_migration_passes_by_what_was_broken_before(empty_database: URL) -> None:
    with closing(sqlite3.connect(str(empty_database.database))) as other:
        other.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b (id))")
        other.execute("INSERT INTO a VALUES (1, 1)")
        other.commit()

        upgrade(empty_database)

        assert other.execute("SELECT id FROM companies").fetchall() == []


@pytest.mark.parametrize("is_known", [True, False])
def test_a_key_that_refers_to_columns_which_are_not_unique_is_told_if_it_is_new(
    empty_database: URL, is_known: bool
) -> None:
    with closing(sqlite3.connect(str(empty_database.database))) as other:
        other.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT REFERENCES companies (created_at))")
        if is_known:
            other.execute("CREATE TABLE companies (id INTEGER PRIMARY KEY, created_at TEXT)")
        other.execute("INSERT INTO a VALUES (1, 'Ann')")
        other.commit()
        if is_known:
            stamp(alembic_config(url=empty_database), "head")
        else:
            with pytest.raises(CommandError, match=r"would be broken: foreign key mismatch - \"a\" refer"):
                upgrade(empty_database)


def test_keys_of_another_table_are_checked_beside_one_that_cannot_be(empty_database: URL) -> None:
    upgrade(empty_database)
    with closing(sqlite3.connect(str(empty_database.database))) as other:
        other.execute("INSERT INTO companies (id, name) VALUES (1, 'Ann')")
        other.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT REFERENCES employees (created_at))")
        other.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, company_id INTEGER REFERENCES companies (id))")
        other.execute("INSERT INTO a VALUES (1, 'Ann')")
        other.execute("INSERT INTO orders VALUES (1, 1)")
        other.commit()

        with pytest.raises(CommandError, match="row 1 of orders refers to no companies"):
            downgrade(alembic_config(url=empty_database), "base")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
def test_a_migration_of_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(CommandError, match=r"in memory ends with this command; write sqlite:///"):
        upgrade(url)


def test_a_migration_may_leave_its_transaction_for_a_vacuum(empty_database: URL) -> None:
    engine = create_engine(empty_database, poolclass=NullPool, connect_args=locking.CONNECT)
    locking.configure(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=locking.TRANSACTIONS)
        with context.begin_transaction():
            connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
            with context.autocommit_block():
                context.execute("VACUUM")
            other = sqlite3.connect(str(empty_database.database), timeout=0)
            with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")


def test_a_statement_within_its_time_is_not_cancelled(empty_database: URL) -> None:
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n"

    with made(empty_database, statement_timeout=60) as engine, engine.connect() as connection:
        assert connection.scalar(text(counting)) == 100_000


def test_a_connection_that_the_driver_has_closed_is_given_back_without_an_error(empty_database: URL) -> None:
    with made(empty_database) as engine, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        lent: Any = connection.connection
        lent.driver_connection.close()


@contextmanager
def batch(url: URL, *statements: str, **options: Any) -> Generator[Any]:
    """Run statements on an empty database, and yield a batch of the table `t`."""
    assert autogenerate.REFLECTED is not None  # its listeners complete what is reflected
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always", **options) as each:
            yield each


@pytest.mark.parametrize(
    ("columns", "collated"),
    [
        ('name TEXT, "full name" TEXT COLLATE NOCASE', ["full name"]),
        ('"name" VARCHAR(20), [name 2] NUMERIC(10, 2), `name 3` TEXT COLLATE NOCASE', ["name 3"]),
        ('"a, name" TEXT COLLATE NOCASE, name TEXT', ["a, name"]),
        ("name TEXT collate nocase, other TEXT", ["name"]),
        ("name TEXT NOT NULL DEFAULT ('a, b)') CONSTRAINT ck CHECK (name <> '') COLLATE NOCASE, other TEXT", ["name"]),
        ("name TEXT DEFAULT ',' COLLATE \"NOCASE\", other CHAR(2) COLLATE NOCASE", ["name", "other"]),
        ("name /* a, b */ TEXT COLLATE NOCASE, -- c, d\nother TEXT COLLATE BINARY", ["name"]),
        ("name TEXT, CONSTRAINT ck CHECK (name COLLATE NOCASE <> 'x'), UNIQUE (name COLLATE NOCASE)", []),
        ("name TEXT CONSTRAINT a CHECK (lower((name COLLATE NOCASE)) <> ''), CONSTRAINT b CHECK (name <> ')')", []),
    ],
)
def test_a_batch_keeps_the_collation_of_each_column(empty_database: URL, columns: str, collated: list[str]) -> None:
    with batch(empty_database, f"CREATE TABLE t ({columns})"):
        pass

    assert [name for name, collation in collations(empty_database) if collation.upper() == "NOCASE"] == collated


def collations(url: URL) -> list[tuple[str, str]]:
    """Return what SQLite itself says of the columns of the table `t`."""
    with closing(sqlite3.connect(str(url.database))) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(t)")]
        connection.execute(f"CREATE INDEX found ON t ({', '.join(map('[{}]'.format, names))})")
        return [(row[2], row[4]) for row in connection.execute("PRAGMA index_xinfo(found)") if row[2]]


def test_a_batch_keeps_autoincrement_however_it_is_written(empty_database: URL) -> None:
    with batch(empty_database, "CREATE TABLE t (id integer primary key autoincrement, n INTEGER)"):
        pass

    with closing(sqlite3.connect(str(empty_database.database))) as connection:
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").fetchall()


def test_a_batch_that_gives_the_key_another_type_may_take_autoincrement_away(empty_database: URL) -> None:
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)"
    with batch(empty_database, table, table_kwargs={"sqlite_autoincrement": False}) as copied:
        copied.alter_column("id", type_=BigInteger())

    with closing(sqlite3.connect(str(empty_database.database))) as connection:
        assert connection.execute("SELECT type FROM pragma_table_info('t')").fetchall() == [("BIGINT",)]


def test_a_batch_keeps_the_condition_of_an_index(empty_database: URL) -> None:
    index = "CREATE UNIQUE INDEX i ON t (name) WHERE name <> ' :none'"
    with batch(empty_database, "CREATE TABLE t (name TEXT)", index, "INSERT INTO t VALUES (' :none'), (' :none')"):
        pass

    with closing(sqlite3.connect(str(empty_database.database))) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master WHERE name = 'i'").fetchall() == [(index,)]


def test_a_batch_may_be_given_a_check_as_an_expression(empty_database: URL) -> None:
    check = CheckConstraint(column("n") > 0, name="ck_t_n")
    with batch(empty_database, "CREATE TABLE t (n INTEGER)", reflect_args=[check]):
        pass

    other = sqlite3.connect(str(empty_database.database))
    with closing(other), pytest.raises(sqlite3.IntegrityError, match="ck_t_n"):
        other.execute("INSERT INTO t VALUES (0)")
