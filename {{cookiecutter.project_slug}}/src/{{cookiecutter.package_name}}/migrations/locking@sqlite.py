"""Let one process migrate at a time; all revisions are one transaction, which begins with the write lock."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ..db import dialect

LOCK_WAIT = 60  # seconds to wait for another migrator
AFTER_FAILURE = "SQLite rolled back all revisions of this command, except what was before or in autocommit_block()."

# Arguments of context.configure(): all revisions in one transaction, and so under one lock. DDL stays
# in it, because sqlite3 begins and commits nothing itself (`isolation_level=None`).
TRANSACTIONS: dict[str, Any] = {"transactional_ddl": True, "transaction_per_migration": False}

# `configure` begins transactions, not sqlite3.
CONNECT: dict[str, Any] = {"isolation_level": None}

# Statements that begin each migration, and that `--sql` prints. To alter a table SQLite must copy it and drop
# the old one. With foreign keys on, that DROP deletes the rows that refer to it (ON DELETE CASCADE). Inside a
# transaction it is too late. https://www.sqlite.org/lang_altertable.html#otheralter
SETTINGS = ["PRAGMA foreign_keys = OFF"]


def configure(engine: Engine) -> None:
    """Wait for the write lock, switch foreign keys off, and begin transactions with the write lock."""
    if engine.url.database in (None, "", ":memory:", "file::memory:"):
        raise CommandError(f"DATABASE_URL: a database in memory ends with this command; write {dialect.EXAMPLE}")

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")
        for statement in SETTINGS:
            connection.execute(statement)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":  # VACUUM in autocommit_block()
            connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def locked(connection: Connection) -> Generator[None]:
    """Raise CommandError if another process holds the write lock for LOCK_WAIT seconds."""
    try:
        yield
    except OperationalError as error:
        if error.orig is not None and dialect.is_retryable(error.orig):
            raise CommandError(f"another process has been writing for {LOCK_WAIT} seconds; try again") from error
        raise


def last_keys(connection: Connection) -> dict[str, int]:
    """Return the last key that each table with AUTOINCREMENT gave: https://www.sqlite.org/autoinc.html."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").scalar():
        return {}
    query = "SELECT name, coalesce(seq, 0) AS last FROM sqlite_master LEFT JOIN sqlite_sequence USING (name)"
    rows = connection.exec_driver_sql(f"{query} WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
    return {row.name: row.last for row in rows}


def broken_keys(connection: Connection) -> dict[tuple[str, object], list[str]]:
    """Return what is wrong with each foreign key, a sentence for each row."""
    found: dict[tuple[str, object], list[str]] = {}
    for table in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all():
        try:
            rows = connection.exec_driver_sql("SELECT * FROM pragma_foreign_key_check(?)", (table,)).all()
        except OperationalError as error:  # a key refers to columns that are not unique
            found[table, None] = [str(error.orig)]
            continue
        for _, row, parent, key in rows:
            found.setdefault((table, key), []).append(f"row {row} of {table} refers to no {parent}")
    return found


@contextmanager
def checked(connection: Connection) -> Generator[None]:
    """Raise CommandError if foreign keys are switched on before a migration, or broken by it."""
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise CommandError("to migrate SQLite, connect with PRAGMA foreign_keys = OFF")
    before, known = last_keys(connection), broken_keys(connection)
    yield
    for name, last in last_keys(connection).items():
        if last < before.get(name, 0):  # the copy of a batch would give the keys of deleted rows again
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, before[name]))
    # by their number, because a copy may give the rows other keys
    newly = [rows for key, rows in broken_keys(connection).items() if len(rows) > len(known.get(key, ()))]
    if named := [row for rows in newly for row in rows]:
        raise CommandError(f"rolled back, because foreign keys would be broken: {', '.join(named[:5])}")
