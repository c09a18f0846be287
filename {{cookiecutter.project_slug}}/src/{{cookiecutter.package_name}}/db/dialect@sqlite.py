"""Everything that is special about SQLite: driver, connection, transactions, lost races."""

import sqlite3
import time
import uuid
from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection, PoolResetState

from .commits import driver_of, refuse_lost_commits

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
        # `do_begin` begins transactions, not sqlite3, which would not do it before SELECT or
        # DDL: savepoints then outlive a rollback. None would mean AUTOCOMMIT, as SQLAlchemy sets it.
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable
        "isolation_level": "IMMEDIATE",
        # The pool may hand a connection to another thread; never to two at once.
        # https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
        "check_same_thread": False,
    }
    return {
        # Who waits in the pool is woken when it is its turn; who waits in SQLite for the other writer is asleep for up
        # to 100 ms at a time. The price: so many units of work at once in one process, and as many that only read.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.max_overflow
        "pool_size": 5,
        "max_overflow": 0,
        # `configure` rolls back instead, where there is something to roll back.
        "pool_reset_on_return": None,
        # What the URL says itself wins.
        "connect_args": {name: value for name, value in connect_args.items() if name not in url.query},
    }


def configure(engine: Engine) -> None:
    """Give every connection foreign keys, WAL, and transactions that cannot lose an update."""
    refuse_lost_commits(engine, is_undone)
    keeper = None
    if engine.url.query.get("vfs") == "memdb":
        # A database in memory lives as long as one connection to it: this one.
        keeper = sqlite3.connect(f"{engine.url.database}?vfs=memdb", uri=True, check_same_thread=False)

    # Of those who only read; they begin with the first of them. An engine has no better place to keep them.
    pools: dict[str, Pool] = {}
    engine.update_execution_options(pools=pools)

    dispose = engine.dispose

    def dispose_of_all(close: bool = True) -> None:
        dispose(close)
        while pools:
            _name, pool = pools.popitem()
            if close:
                pool.dispose()
        if keeper is not None:
            keeper.close()

    # Methods, and no listeners for "engine_disposed" and "begin", for the reason that db/commits.py gives.
    engine.dispose = dispose_of_all  # type: ignore[method-assign]

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        # Off by default, for each connection: https://www.sqlite.org/foreignkeys.html#fk_enable
        cursor.execute("PRAGMA foreign_keys = ON")
        switch_to_wal(cursor)
        cursor.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        cursor.close()

    def do_begin(dbapi_connection: PoolProxiedConnection) -> None:
        if driver_of(dbapi_connection).isolation_level is None:  # AUTOCOMMIT
            return
        # The write lock first. A transaction that reads, and then wants to write what another
        # one has changed meanwhile, fails at once, whatever the timeout; and with sqlite3's
        # own rules it loses the other's change without an error.
        # https://www.sqlite.org/lang_transaction.html#immediate
        send(dbapi_connection, "BEGIN" if "reads" in dbapi_connection.info else "BEGIN IMMEDIATE")

    engine.dialect.do_begin = do_begin  # type: ignore[method-assign]

    @event.listens_for(engine, "reset")
    def reset(connection: DBAPIConnection, _record: ConnectionPoolEntry | None, state: PoolResetState) -> None:
        if state.asyncio_safe and driver_of(connection).in_transaction:
            connection.rollback()


def read_only(engine: Engine) -> Engine:
    """Return the same engine for sessions in which SQLite refuses to write, and which never wait.

    It has connections of its own, as many as `engine` may have. If both used the same ones, each unit of work would
    switch its connection twice, and SQLite would prepare every statement anew: a quarter of the time of a small one.
    """
    reading = engine.execution_options()
    # Where an engine takes its connections from.
    # https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Engine.raw_connection
    reading.raw_connection = lambda: reading_pool(engine).connect()  # type: ignore[method-assign]
    return reading


def reading_pool(engine: Engine) -> Pool:
    """Return the connections of an engine that only read: the same ones until it is disposed of."""
    pools: dict[str, Pool] = engine.get_execution_options()["pools"]
    if pool := pools.get("reading"):
        return pool
    pool = engine.pool.recreate()

    @event.listens_for(pool, "connect")
    def refuse_writes(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["reads"] = True
        send(connection, "PRAGMA query_only = ON")

    return pools.setdefault("reading", pool)


def send(connection: Any, statement: str) -> None:
    """Run a statement without a cursor of its own, which under asyncio is one errand of a thread instead of three."""
    driver = getattr(connection, "dbapi_connection", connection)
    if isinstance(driver, AdaptedConnection):
        driver.run_async(lambda connection: connection.execute(statement))
    else:
        driver.execute(statement)


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


def is_undone(connection: PoolProxiedConnection) -> bool:
    """Return whether SQLite ended this transaction by itself, as after a full disk or ON CONFLICT ROLLBACK.

    https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    """
    driver = driver_of(connection)
    return not (driver.in_transaction or driver.isolation_level is None)


def lost_race(error: BaseException) -> bool:
    """Return whether another transaction was in the way, so that this one can be rolled back and run again."""
    # The low byte of the extended codes: SQLITE_BUSY and SQLITE_LOCKED.
    # https://www.sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
