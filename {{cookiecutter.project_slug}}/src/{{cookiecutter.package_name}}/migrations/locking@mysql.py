"""One migrator at a time; and what to do after a failure, because MySQL cannot undo DDL."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

LOCK_WAIT = 60  # seconds to wait for another migrator
# The names of locks are shared by all databases of a server, and have 64 characters at most.
LOCK_NAME = "CONCAT('alembic.', MD5(DATABASE()))"

# Arguments of context.configure(): each revision notes that it is done before the next begins.
TRANSACTIONS: dict[str, Any] = {"transaction_per_migration": True}

# Seconds; and every character, as in db/dialect.py.
ENGINE_OPTIONS: dict[str, Any] = {"connect_args": {"connect_timeout": 5, "charset": "utf8mb4"}}

# What every session that migrates sets first; `--sql` prints it.
SETTINGS = [
    # Fail soon, instead of making every query on a table queue up behind a waiting ALTER TABLE.
    "SET SESSION lock_wait_timeout = 5",
    "SET SESSION time_zone = '+00:00'",
]


def configure(engine: Engine) -> None:
    """Nothing needs a listener here."""


@contextmanager
def locked(connection: Connection) -> Generator[None]:
    """Hold a lock of the session: replicas that start together migrate once.

    The server frees it when the connection ends, even by a crash.
    https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html#function_get-lock
    """
    deadline = time.monotonic() + LOCK_WAIT
    while not connection.exec_driver_sql(f"SELECT GET_LOCK({LOCK_NAME}, 0)").scalar():
        connection.rollback()
        if time.monotonic() > deadline:
            raise CommandError(f"another process has been migrating for {LOCK_WAIT} seconds; try again")
        time.sleep(0.2)
    for statement in SETTINGS:
        connection.exec_driver_sql(statement)
    # End the transaction begun above: Alembic would take it for its caller's, and not commit.
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT RELEASE_LOCK({LOCK_NAME})")
        connection.commit()


@contextmanager
def checked(connection: Connection) -> Generator[None]:
    """Say what to do when a revision fails half-way: its first statements stay."""
    try:
        yield
    except DBAPIError as error:
        raise CommandError(
            f"{error.orig}\n"
            f"The statement was: {error.statement}\n"
            "MySQL commits every CREATE, ALTER and DROP at once, so what this revision did before that statement "
            "is still there, and the revision does not count as done. Undo those statements by hand, then mend the "
            "revision and upgrade again. One such statement in each revision leaves nothing to undo."
        ) from error
