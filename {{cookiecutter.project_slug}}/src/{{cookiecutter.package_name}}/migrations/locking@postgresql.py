"""Let one process migrate at a time; each revision is a transaction."""

import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

LOCK_WAIT = 60  # seconds to wait for another migrator
LOCK_KEY = 7233461  # any number that nothing else in this database locks
AFTER_FAILURE = "PostgreSQL rolled back this revision, except what it did before or in autocommit_block()."

# Arguments of context.configure(): locks on tables end with each revision, and a revision may leave
# its transaction by autocommit_block(), for CREATE INDEX CONCURRENTLY.
TRANSACTIONS: dict[str, Any] = {"transaction_per_migration": True}

# Seconds; and text for a database whose encoding is SQL_ASCII, of which psycopg returns bytes.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT
CONNECT: dict[str, Any] = {"connect_timeout": 5, "client_encoding": "utf8"}

# Statements that begin each migration, and that `--sql` prints.
SETTINGS = [
    # Fail soon, instead of making every query on a table queue up behind a waiting ALTER TABLE.
    "SET lock_timeout = '5s'",
    "SET statement_timeout = 0",  # a migration may be long
    # A string such as '2026-01-01 12:00' in a revision means UTC, as in the application.
    "SET timezone = 'UTC'",
]


def configure(engine: Engine) -> None:
    """Do nothing: PostgreSQL needs no listeners."""


@contextmanager
def locked(connection: Connection) -> Generator[None]:
    """Hold an advisory lock of the session, so that replicas that start together migrate once.

    The server releases it when the connection ends, even by a crash. A lock of the transaction would end
    with the first revision. It needs a direct connection, not a pooler in transaction mode.
    https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    """
    deadline = time.monotonic() + LOCK_WAIT
    # Polled: a session that waits inside SELECT is a deadlock with CREATE INDEX CONCURRENTLY.
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK_KEY})").scalar():
        connection.rollback()
        if time.monotonic() > deadline:
            waited = f"another process has been migrating for {LOCK_WAIT} seconds"
            raise CommandError(f"{waited}; try again (a pooler may keep the lock of an earlier migration: restart it)")
        time.sleep(0.2)
    for statement in SETTINGS:
        connection.exec_driver_sql(statement)
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    # Only before the first revision: a database keeps its encoding.
    if encoding != "UTF8" and not inspect(connection).has_table("alembic_version"):
        remedy = "create it again with ENCODING 'UTF8' TEMPLATE template0"
        raise CommandError(f"the database has the encoding {encoding}, which lacks characters: {remedy}")
    # End the transaction begun above: Alembic would take it for its caller's, and not commit.
    connection.commit()
    try:
        yield
    finally:
        # A pooler keeps the connection, and with it the lock.
        with suppress(SQLAlchemyError):  # a lost connection has no lock, and the first error says more
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({LOCK_KEY})")


def checked(connection: Connection) -> nullcontext[None]:
    """Do nothing: PostgreSQL checks constraints itself."""
    return nullcontext()
