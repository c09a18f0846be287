"""Everything that is special about SQLite: driver, connection, transactions, lost races."""

import sqlite3
import time
import uuid
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from .commits import refuse_lost_commits

# The names that a URL may begin with, and what SQLAlchemy calls them.
BACKENDS = {"sqlite": "sqlite"}
DRIVER = "{{ cookiecutter.__driver }}"
BLOCKING_DRIVER = "pysqlite"  # for migrations, which are blocking code; in the standard library
EXAMPLE_URL = "{{ cookiecutter.__url }}"

# Seconds that a writer waits for the other writer to finish. There is one writer at a time, so
# this bounds how long a unit of work may write. https://www.sqlite.org/pragma.html#pragma_busy_timeout
BUSY_TIMEOUT = 30

# NORMAL: a killed process loses nothing; a power cut may take the last commits, and never leaves
# half a transaction. FULL keeps those as well, for one disk flush at each commit.
# https://www.sqlite.org/pragma.html#pragma_synchronous
SYNCHRONOUS = "NORMAL"

# Execution options of sessions that only read; see `configure`.
READ_ONLY = {"sqlite_read_only": True}


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    if url.host:
        return f"a file has no host; write three slashes, as in {EXAMPLE_URL}"
    return None


def resolve(url: URL) -> URL:
    """Return the URL as it is, or for `sqlite://` that of a new database in memory.

    It is shared by all connections of the engine, by SQLite's own memdb with ordinary locks. A
    plain ":memory:" is one database for each connection; StaticPool gives one connection to all
    threads, which mixes their transactions and can crash the process; a shared cache answers
    "table is locked" whatever the timeout.
    https://www.sqlite.org/src/file/src/memdb.c
    """
    if url.database not in (None, "", ":memory:"):
        return url
    return url.set(database=f"file:/{uuid.uuid4().hex}", query={"vfs": "memdb", "uri": "true"})


def engine_options(url: URL) -> dict[str, Any]:
    """Return the arguments of create_engine() that are special to SQLite."""
    connect_args: dict[str, Any] = {
        "timeout": BUSY_TIMEOUT,
        # SQLAlchemy begins transactions, not sqlite3, which would not do it before SELECT or
        # DDL: savepoints then outlive a rollback.
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable
        "isolation_level": None,
        # The pool may hand a connection to another thread; never to two at once.
        # https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
        "check_same_thread": False,
    }
    # What the URL says itself wins.
    return {"connect_args": {name: value for name, value in connect_args.items() if name not in url.query}}


def configure(engine: Engine) -> None:
    """Give every connection foreign keys, WAL, and transactions that cannot lose an update."""
    refuse_lost_commits(engine, is_undone)
    if engine.url.query.get("vfs") == "memdb":
        # A database in memory lives as long as one connection to it: this one.
        keeper = sqlite3.connect(f"{engine.url.database}?vfs=memdb", uri=True, check_same_thread=False)
        event.listen(engine, "engine_disposed", lambda _engine: keeper.close())

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # Off by default, for each connection: https://www.sqlite.org/foreignkeys.html#fk_enable
        cursor.execute("PRAGMA foreign_keys = ON")
        switch_to_wal(cursor)
        cursor.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        if options.get("sqlite_read_only"):
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.info["query_only"] = True
            connection.exec_driver_sql("BEGIN")
        else:
            # The write lock first. A transaction that reads, and then wants to write what another
            # one has changed meanwhile, fails at once, whatever the timeout; and with sqlite3's
            # own rules it loses the other's change without an error.
            # https://www.sqlite.org/lang_transaction.html#immediate
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def allow_writes(connection: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop("query_only", False) and connection is not None:  # None: it is closed
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only = OFF")
            cursor.close()


def switch_to_wal(cursor: Any) -> None:
    """Let readers not wait for the writer, nor the writer for them; the file remembers it.

    The switch itself needs a moment without any other transaction, and does not wait for it.
    https://www.sqlite.org/wal.html
    """
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not lost_race(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def is_undone(connection: Connection) -> bool:
    """Return whether SQLite ended this transaction by itself, as after a full disk or ON CONFLICT ROLLBACK.

    https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    """
    driver: Any = connection.connection.driver_connection
    autocommit = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    return not (driver.in_transaction or autocommit)


def lost_race(error: BaseException) -> bool:
    """Return whether another transaction was in the way, so that this one can be rolled back and run again."""
    # The low byte of the extended codes: SQLITE_BUSY and SQLITE_LOCKED.
    # https://www.sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
