"""SQLite for asyncio: aiosqlite runs each connection in a thread of its own."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from operator import methodcaller
from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.exc import InvalidRequestError

from . import dialect
from .errors import notes

TWO_AT_ONCE = (
    "nothing was sent: this connection is still busy with a statement of another task. A session belongs to one task: "
    "open a unit of work in each task of asyncio.gather()"
)


def refuse_if_busy(connection: Any) -> None:
    """Raise InvalidRequestError if another task waits for a statement on this connection."""
    if "is_busy" in notes(connection):
        raise InvalidRequestError(TWO_AT_ONCE)


class Dialect(dialect.Dialect, SQLiteDialect_aiosqlite):
    """The dialect for asyncio, where a second task must not use a connection that is busy.

    Its statement would run after the COMMIT or ROLLBACK of the first one, and its rows would come with the next unit
    of work.
    """

    supports_statement_cache = True

    @classmethod
    def get_dialect_cls(cls, url: URL) -> Any:
        return dialect.Dialect

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        return cls

    def runner(self) -> object:
        """Return what a transaction belongs to: the task that runs, or the thread."""
        return asyncio.current_task() or super().runner()

    def call(self, connection: Any, method: str, *arguments: Any) -> None:
        """Call a method of the connection of aiosqlite: one change of threads, and with a cursor three."""
        connection.dbapi_connection.run_async(methodcaller(method, *arguments))

    def send(self, execute: Callable[..., None], context: Any, statement: str, *arguments: Any) -> None:
        connection = context.root_connection.connection
        refuse_if_busy(connection)
        notes(connection)["is_busy"] = True
        try:
            super().send(execute, context, statement, *arguments)
        finally:
            notes(connection).pop("is_busy", None)

    def do_commit(self, dbapi_connection: Any) -> None:
        refuse_if_busy(dbapi_connection)
        super().do_commit(dbapi_connection)

    def do_rollback(self, dbapi_connection: Any) -> None:
        if "is_busy" in notes(dbapi_connection):
            dbapi_connection.invalidate()  # closes it: the other task's statement would run after the ROLLBACK
        else:
            super().do_rollback(dbapi_connection)

    def do_terminate(self, dbapi_connection: Any) -> None:
        # The cursor of a cancelled statement keeps a closed connection alive, and with it the write lock.
        # https://www.sqlite.org/c3ref/close.html
        with suppress(Exception):
            dbapi_connection.rollback()
        super().do_terminate(dbapi_connection)
