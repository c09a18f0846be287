"""SQLite for this project: URLs, connections, and transactions that lose no update."""

import re
import sqlite3
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import InvalidRequestError, PendingRollbackError

from .errors import ENDED, LOST, CautiousDialect, notes

# The names that a URL may begin with, and what SQLAlchemy calls them.
BACKENDS = {"sqlite": "sqlite"}
# The name of the package, and of its dialects in the URL of an engine, after a plus sign.
NAME = "{{ cookiecutter.package_name }}"
BLOCKING_DRIVER = "pysqlite"  # for migrations, which are blocking code; in the standard library
DRIVERS = ("{{ cookiecutter.__driver }}", BLOCKING_DRIVER)
EXAMPLE_URL = "{{ cookiecutter.__url }}"
EXAMPLE = EXAMPLE_URL  # in messages

# Seconds that a writer waits for the other writer to finish. SQLite has one writer at a time, so
# this bounds how long a unit of work may write. https://www.sqlite.org/pragma.html#pragma_busy_timeout
BUSY_TIMEOUT = 30

# NORMAL: a killed process loses nothing; a power cut may take the last commits, and never leaves
# half a transaction. FULL keeps those as well, for one disk flush at each commit.
# https://www.sqlite.org/pragma.html#pragma_synchronous
SYNCHRONOUS = "NORMAL"

# A wait for a pooled connection ends as soon as one is free; SQLite's lock is polled every 100 ms. The price:
# one engine runs at most five units of work at once.
# https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.max_overflow
POOL_OPTIONS: dict[str, Any] = {"pool_size": 5, "max_overflow": 0}

# Arguments of sqlite3.connect(). sqlite3 begins its transactions with this isolation level; None means AUTOCOMMIT.
CONNECT: dict[str, Any] = {"timeout": BUSY_TIMEOUT, "isolation_level": "IMMEDIATE"}

# Statements that begin no transaction.
ALONE = re.compile(r"\s*(?:PRAGMA|ATTACH|DETACH|VACUUM|BEGIN|COMMIT|END)\b", re.IGNORECASE)
READS = re.compile(
    r"(?:\s|\(|/\*.*?\*/|--[^\n]*\n)*"
    r"(?:SELECT|VALUES|EXPLAIN|SAVEPOINT|RELEASE|ROLLBACK|WITH(?!.*\b(?:INSERT|UPDATE|DELETE|REPLACE\s+INTO)\b))\b",
    re.IGNORECASE | re.DOTALL,
)
# sqlite3 begins a transaction before these, with the isolation level of the connection.
# https://docs.python.org/3/library/sqlite3.html#transaction-control-via-the-isolation-level-attribute
BEGINS = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
# The SQL of `with_for_update()`: a comment, because SQLite has no locks of rows.
FOR_UPDATE = " /* FOR UPDATE */"

# SQLite checks the timeout after so many instructions of its virtual machine; a small statement has fewer.
INSTRUCTIONS = 100_000

STALE = (
    "another transaction has written since this one began to read. Retry the whole unit of work with "
    "run_transaction(), or read with select(...).with_for_update() first, which takes the write lock"
)
WAITS_FOR_ITSELF = (
    "nothing was sent: this transaction would wait for another one, which the same thread or task has open on the "
    "database (in memory, also for one that reads). Pass the outer session on, or open the second unit of work after "
    "the first one has ended"
)


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    if url.host:
        return f"a file has no host; write three slashes, as in {EXAMPLE_URL}"
    if url.query.get("mode") == "memory":
        return "write sqlite:// for a database in memory"
    return None


def resolve(url: URL) -> URL:
    """Return the URL as it is, or for `sqlite://` that of a new database in memory.

    All connections of the engine share it, by SQLite's own memdb with ordinary locks. A plain ":memory:" is one
    database for each connection. StaticPool gives one connection to all threads, which mixes their transactions
    and can crash the process. A shared cache raises "table is locked" whatever the timeout. A second engine for
    the same database is made with `engine.url`.
    https://www.sqlite.org/src/file/src/memdb.c
    """
    if url.database not in (None, "", ":memory:"):
        return url
    return url.set(database=f"file:/{uuid.uuid4().hex}", query={**url.query, "vfs": "memdb", "uri": "true"})


def is_retryable(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction, so that this one can be retried."""
    # The low byte of the extended codes: SQLITE_BUSY and SQLITE_LOCKED.
    # https://www.sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(eq=False)
class Transaction:
    """The transaction of a connection, from its first statement on."""

    driver: Any  # the connection of sqlite3 or aiosqlite; None after the end
    runner: object  # the thread or task that began it
    writes: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether it has neither ended nor lost its connection."""
        return self.driver is not None and is_in_transaction(self.driver)


# The transactions that the current context began, by database. Requests have a context of their own, on any thread.
begun: ContextVar[tuple[tuple[str, Transaction], ...]] = ContextVar("begun", default=())


def is_in_transaction(driver: Any) -> bool:
    """Return whether a connection is in a transaction; False for a closed one."""
    try:
        return bool(driver.in_transaction)
    except (sqlite3.ProgrammingError, ValueError):
        return False


def end(connection: Any) -> None:
    """Note that the transaction of a connection has ended."""
    if transaction := notes(connection).pop("transaction", None):
        transaction.driver = None


class Compiler(SQLiteCompiler):
    """Marks a SELECT that asks for the lock."""

    def for_update_clause(self, *_arguments: Any, **_options: Any) -> Any:
        return FOR_UPDATE


class Dialect(CautiousDialect, SQLiteDialect_pysqlite):
    """Foreign keys, WAL, and transactions that begin with their first statement and keep everything or raise.

    sqlite3 begins none before SELECT, SAVEPOINT and DDL, so that a read-modify-write loses updates and a savepoint
    outlives a rollback. Here the first statement begins one: it takes the write lock if it writes or has
    `with_for_update()`. Otherwise it reads a snapshot and neither waits nor makes others wait. If that
    transaction writes after another one has, SQLite refuses at once, and `is_retryable` is true. After a statement
    that failed only a rollback can follow, as on PostgreSQL: SQLite keeps the rows of an executemany() before it.
    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#transactions-with-sqlite-and-the-sqlite3-driver
    https://www.sqlite.org/isolation.html
    """

    supports_statement_cache = True
    statement_compiler = Compiler
    database = ""
    keeper: sqlite3.Connection | None = None

    @property
    def busy_timeout(self) -> float:
        """The seconds that a statement may wait for the lock."""
        return min(BUSY_TIMEOUT, self.statement_timeout or BUSY_TIMEOUT)

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        self.database = arguments[0]
        if "vfs=memdb" in self.database and self.keeper is None:
            # The database lives as long as one connection to it: this one, as long as the engine.
            self.keeper = sqlite3.connect(self.database, uri=True, check_same_thread=False)
            weakref.finalize(self, self.keeper.close)
        # With `autocommit=False` sqlite3 would begin at once, and WAL could not be switched on.
        parameters = {name: value for name, value in parameters.items() if name != "autocommit"}
        return super().connect(*arguments, **(CONNECT | {"timeout": self.busy_timeout} | parameters))

    def on_connect(self) -> Any:
        prepare = super().on_connect()

        def connect(connection: Any) -> None:
            prepare(connection)
            cursor = connection.cursor()
            # Off by default, for each connection: https://www.sqlite.org/foreignkeys.html#fk_enable
            cursor.execute("PRAGMA foreign_keys = ON")
            if self.read_only:
                cursor.execute("PRAGMA query_only = ON")
            elif self.keeper is None:  # in memory there is no WAL, and both PRAGMAs would wait for the writer
                switch_to_wal(cursor, self.busy_timeout)
                cursor.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            cursor.close()

        return connect

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self.send(super().do_execute, context, statement, cursor, statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self.send(super().do_executemany, context, statement, cursor, statement, parameters)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        self.send(super().do_execute_no_params, context, statement, cursor, statement)

    def send(self, execute: Callable[..., None], context: Any, statement: str, *arguments: Any) -> None:
        """Send a statement, in a transaction that it begins if it is the first one."""
        connection = context.root_connection.connection
        before: Transaction | None = notes(connection).get("transaction")
        had_lock = before is not None and before.writes
        try:
            if not ALONE.match(statement):
                self.begin(connection, statement, before)
            if self.statement_timeout is not None:
                self.limit(connection, self.statement_timeout)
            execute(*arguments, context)
        except Exception as error:
            if transaction := notes(connection).get("transaction"):
                if transaction.writes and transaction.is_open and is_retryable(error):
                    error.add_note(STALE)
                # It may have failed before it took the lock. A violated constraint comes after that.
                transaction.writes &= had_lock or isinstance(error, sqlite3.IntegrityError)
            raise

    def limit(self, connection: Any, seconds: float) -> None:
        """Let SQLite interrupt the next statement after so many seconds; a wait for a lock may take as long.

        The time counts until its last row is read. SQLite asks after about each millisecond of work.
        https://docs.python.org/3/library/sqlite3.html#sqlite3.Connection.set_progress_handler
        """
        own = notes(connection)
        is_new = "deadline" not in own
        own["deadline"] = time.monotonic() + seconds
        if is_new:
            self.call(connection, "set_progress_handler", lambda: time.monotonic() > own["deadline"], INSTRUCTIONS)

    def runner(self) -> object:
        """Return what a transaction belongs to: the thread that runs."""
        return threading.get_ident()

    def call(self, connection: Any, method: str, *arguments: Any) -> None:
        """Call a method of the connection of sqlite3."""
        getattr(connection.dbapi_connection, method)(*arguments)

    def begin(self, connection: Any, statement: str, transaction: Transaction | None) -> None:
        """Begin a transaction before its first statement, and take the write lock before its first write."""
        if transaction is not None and not transaction.is_open:
            raise PendingRollbackError(LOST if self.is_undone(connection) else ENDED)
        if transaction is not None and transaction.writes:
            return
        locks = FOR_UPDATE in statement
        writes = locks or not READS.match(statement)
        if transaction is None:
            driver = self.get_driver_connection(connection.dbapi_connection)
            if driver.isolation_level is None:  # AUTOCOMMIT
                return
            transaction = Transaction(driver, self.runner())
            self.refuse_to_wait_for_itself(transaction, writes)
            transaction.writes = writes
            notes(connection)["transaction"] = transaction
            if not (BEGINS.match(statement) or driver.in_transaction):
                self.call(connection, "execute", "BEGIN IMMEDIATE" if writes else "BEGIN")
        elif writes:
            self.refuse_to_wait_for_itself(transaction, writes)
            transaction.writes = writes
            if locks:
                # It changes nothing, unless auto_vacuum is incremental, and takes the write lock like any change.
                # https://www.sqlite.org/pragma.html#pragma_incremental_vacuum
                self.call(connection, "execute", "PRAGMA incremental_vacuum(1)")

    def refuse_to_wait_for_itself(self, transaction: Transaction, writes: bool) -> None:
        """Raise InvalidRequestError if this transaction would wait for another one of the same thread or task."""
        others = [(database, other) for database, other in begun.get() if other.is_open and other is not transaction]
        for database, other in others:
            # In memory readers and the writer wait for each other, on a file only writers.
            is_in_the_way = (writes or other.writes) if self.keeper else (writes and other.writes)
            if is_in_the_way and database == self.database != "" and other.runner == self.runner():
                raise InvalidRequestError(WAITS_FOR_ITSELF)
        begun.set((*others, (self.database, transaction)))

    def do_commit(self, dbapi_connection: Any) -> None:
        transaction: Transaction | None = notes(dbapi_connection).get("transaction")
        if transaction is not None and not transaction.is_open and not self.is_undone(dbapi_connection):
            end(dbapi_connection)
            raise PendingRollbackError(ENDED)
        try:
            super().do_commit(dbapi_connection)
        except Exception:  # of a deferred foreign key, for example: SQLite keeps the transaction open
            self.do_rollback(dbapi_connection)
            raise
        end(dbapi_connection)

    def do_close(self, dbapi_connection: Any) -> None:
        # The cursor of a statement that Ctrl-C interrupted lives on in its traceback, and with it the lock.
        with suppress(Exception):
            dbapi_connection.rollback()
        super().do_close(dbapi_connection)

    def do_rollback(self, dbapi_connection: Any) -> None:
        if is_in_transaction(self.get_driver_connection(dbapi_connection.dbapi_connection)):
            super().do_rollback(dbapi_connection)
        end(dbapi_connection)


registry.register(f"sqlite.{NAME}", f"{NAME}.db.{{ cookiecutter.__dialect }}", "Dialect")


def switch_to_wal(cursor: Any, seconds: float) -> None:
    """Switch the file to WAL, in which readers and the writer do not wait for each other; the file remembers it.

    The switch needs a moment without any other transaction, and waits for it, because SQLite does not. A file that
    cannot be written to stays as it is.
    https://www.sqlite.org/wal.html
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return
            if not is_retryable(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
