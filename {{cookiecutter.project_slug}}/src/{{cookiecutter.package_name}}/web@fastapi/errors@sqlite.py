"""The errors of SQLite that a request can cause: violated constraints, and timeouts."""

import sqlite3
from typing import Literal

# https://www.sqlite.org/rescode.html#constraint_unique
DUPLICATE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
REFERENCE = {
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,  # ON DELETE RESTRICT, which is a trigger inside SQLite
}


def violation_of(error: BaseException) -> tuple[Literal["duplicate", "reference"], list[str]] | None:
    """Return the kind of the violated constraint; this database does not report its columns.

    None for any other error, and for NOT NULL and CHECK: code that checks its input never sends such values.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code in DUPLICATE:
        return "duplicate", []
    return ("reference", []) if code in REFERENCE else None


def is_timeout(error: BaseException) -> bool:
    """Return whether the statement was cancelled, because it took longer than `statement_timeout`."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
