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
AFTER_FAILURE = "SQLite rolled back all revisions of this command."

# Arguments of context.configure(): all revisions in one transaction, and so under one lock. DDL stays
# in it, because sqlite3 begins and commits nothing itself (`isolation_level=None`).
TRANSACTIONS: dict[str, Any] = {"transactional_ddl": True, "transaction_per_migration": False}

# `configure` begins transactions, not sqlite3.
CONNECT: dict[str, Any] = {"isolation_level": None}

# Statements that begin each migration, and that `--sql` prints: none.
SETTINGS: list[str] = []


def configure(engine: Engine) -> None:
    """Wait for the write lock, switch foreign keys off, and begin transactions with the write lock."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT * 1000}")
        # To alter a table SQLite must copy it and drop the old one. With foreign keys on, that DROP
        # deletes the rows that refer to it (ON DELETE CASCADE). Inside a transaction it is too late.
        # https://www.sqlite.org/lang_altertable.html#otheralter
        connection.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
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


@contextmanager
def checked(connection: Connection) -> Generator[None]:
    """Raise CommandError if foreign keys are switched on before a migration, or broken after it."""
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise CommandError("to migrate SQLite, connect with PRAGMA foreign_keys = OFF")
    before = last_keys(connection)
    yield
    for name, last in last_keys(connection).items():
        if last < before.get(name, 0):  # the copy of a batch would give the keys of deleted rows again
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, before[name]))
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        rows = ", ".join(f"row {row[1]} of {row[0]} refers to no {row[2]}" for row in broken[:5])
        raise CommandError(f"nothing was migrated: it would break {len(broken)} foreign keys ({rows})")
