"""Let one process migrate at a time; and advice after a failure, because MySQL cannot roll back DDL."""

import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

LOCK_WAIT = 60  # seconds to wait for another migrator
# A name is shared by all databases of a server, and has at most 64 characters: 8 and 56. MySQL 9.7 has no MD5().
# https://dev.mysql.com/doc/refman/9.7/en/locking-functions.html#function_get-lock
LOCK_NAME = "CONCAT('alembic.', SHA2(DATABASE(), 224))"
AFTER_FAILURE = (
    "MySQL cannot roll back DDL: undo the statements before this one by hand, fix the revision, and upgrade again."
)

# Arguments of context.configure(): each revision is recorded before the next one begins.
TRANSACTIONS: dict[str, Any] = {"transaction_per_migration": True}

# Seconds; and every character, as in db/dialect.py.
CONNECT: dict[str, Any] = {"connect_timeout": 5, "charset": "utf8mb4"}

# Statements that begin each migration, and that `--sql` prints.
SETTINGS = [
    # Fail soon, instead of making every query on a table queue up behind a waiting ALTER TABLE.
    "SET SESSION lock_wait_timeout = 5",
    "SET SESSION time_zone = '+00:00'",
]


def configure(engine: Engine) -> None:
    """Do nothing: MySQL needs no listeners."""


@contextmanager
def locked(connection: Connection) -> Generator[None]:
    """Hold a session lock, so that replicas that start together migrate once.

    The server releases it when the connection ends, even by a crash.
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
    charset = connection.exec_driver_sql("SELECT @@character_set_database").scalar()
    # Only before the first revision: keys of new tables could not refer to tables with other characters.
    if charset != "utf8mb4" and not inspect(connection).has_table("alembic_version"):
        remedy = f"ALTER DATABASE `{connection.engine.url.database}` CHARACTER SET utf8mb4"
        raise CommandError(f"the database has the character set {charset}, which lacks characters: {remedy}")
    # End the transaction begun above: Alembic would take it for its caller's, and not commit.
    connection.commit()
    yield


def checked(connection: Connection) -> nullcontext[None]:
    """Do nothing: MySQL checks constraints itself."""
    return nullcontext()
