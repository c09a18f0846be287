"""Be told of each statement before it is sent and after it: to log it, to trace it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import PoolProxiedConnection


@dataclass(frozen=True)
class Sent:
    """A statement on its way to the database; COMMIT and ROLLBACK are some too, and BEGIN on SQLite."""

    statement: str
    connection: PoolProxiedConnection
    # One set of them, or a list of sets. An INSERT that SQLAlchemy makes of many rows has one set for all of them.
    parameters: Any = None
    sets: int = 1
    # Of the driver.
    cursor: Any = None


# Takes the error that a statement ended with, if it failed.
Finish = Callable[[BaseException | None], None]


def watch(engine: Engine, start: Callable[[Sent], Finish]) -> None:
    """Call `start` before each statement of an engine, and what it returned when the cursor is there, or an error.

    Of its read-only sessions too, and for an AsyncEngine pass its `sync_engine`. Rows that a driver fetches later,
    as for `stream()`, come after that. It cannot be undone: SQLAlchemy looks for listeners at each statement of an
    engine that has one, which is a tenth of a small unit of work, so this is for who wants to know.
    https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.ConnectionEvents.before_cursor_execute
    """
    running: WeakKeyDictionary[Any, Finish] = WeakKeyDictionary()

    def before(connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        sets = len(parameters) if many and not isinstance(parameters, tuple | dict) else 1
        running[context] = start(Sent(statement, connection.connection, parameters, sets, cursor))

    def after(
        _connection: Connection, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
    ) -> None:
        if finish := running.pop(context, None):
            finish(None)

    def failed(context: ExceptionContext) -> None:
        sent = context.execution_context  # or None, as where there is no connection
        if sent is not None and (finish := running.pop(sent, None)):
            finish(context.original_exception)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", failed)
    watch_transactions(engine, start)


def watch_transactions(engine: Engine, start: Callable[[Sent], Finish]) -> None:
    """Call `start` before each COMMIT and ROLLBACK, and what it returned after it.

    Before BEGIN only on SQLite, where it waits for the other writer; drivers of servers send it with what comes next.
    """
    rolls_back: WeakSet[PoolProxiedConnection] = WeakSet()

    @event.listens_for(engine, "rollback")
    def note(connection: Connection) -> None:
        if not connection.invalidated:
            rolls_back.add(connection.connection)

    def watched(name: str, run: Callable[[PoolProxiedConnection], None]) -> Callable[[PoolProxiedConnection], None]:
        def do(connection: PoolProxiedConnection) -> None:
            # The pool rolls back whatever it gets back, and the driver then sends nothing.
            if name == "ROLLBACK" and connection not in rolls_back:
                run(connection)
                return
            rolls_back.discard(connection)
            finish = start(Sent(name, connection))
            try:
                run(connection)
            except BaseException as error:
                finish(error)
                raise
            finish(None)

        return do

    # There are events before them, but none after them.
    # https://docs.sqlalchemy.org/en/21/core/internals.html#sqlalchemy.engine.Dialect.do_commit
    for word in ("begin", "commit", "rollback") if engine.dialect.name == "sqlite" else ("commit", "rollback"):
        setattr(engine.dialect, f"do_{word}", watched(word.upper(), getattr(engine.dialect, f"do_{word}")))
