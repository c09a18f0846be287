"""One migrator at a time, whole or not at all; on SQLite that is a transaction that begins by locking."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ..db import dialect

LOCK_WAIT = 60  # seconds to wait for another migrator
AFTER_FAILURE = "SQLite undid all revisions of this command."

# Arguments of context.configure(): sqlite3 leaves DDL in its transaction once it no longer commits
# by itself (`configure`). All revisions in one transaction, and thereby under one lock.
TRANSACTIONS: dict[str, Any] = {"transactional_ddl": True, "transaction_per_migration": False}

# Seconds; and SQLAlchemy begins transactions instead of sqlite3, as in db/dialect.py.
ENGINE_OPTIONS: dict[str, Any] = {"connect_args": {"timeout": LOCK_WAIT, "isolation_level": None}}

# What every session that migrates sets first; `--sql` prints it. Without batches, that is nothing.
SETTINGS: list[str] = []


def configure(engine: Engine) -> None:
    """Migrate with foreign keys off, in a transaction that locks at once."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        # To alter a table SQLite must copy it and drop the old one. With foreign keys on, that DROP
        # deletes the rows that refer to it (ON DELETE CASCADE). Inside a transaction it is too late.
        # https://www.sqlite.org/lang_altertable.html#otheralter
        connection.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def locked(connection: Connection) -> Generator[None]:
    """BEGIN IMMEDIATE is the lock; say so when it waited in vain."""
    try:
        yield
    except OperationalError as error:
        if error.orig is not None and dialect.is_retryable(error.orig):
            raise CommandError(f"another process has been writing for {LOCK_WAIT} seconds; try again") from error
        raise


@contextmanager
def checked(connection: Connection) -> Generator[None]:
    """Refuse what would harm the rows: before, foreign keys that are on; after, ones that are broken."""
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise CommandError("to migrate SQLite, connect with PRAGMA foreign_keys = OFF")
    yield
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        rows = ", ".join(f"row {row[1]} of {row[0]} refers to no {row[2]}" for row in broken[:5])
        raise CommandError(f"nothing was migrated: it would break {len(broken)} foreign keys ({rows})")
