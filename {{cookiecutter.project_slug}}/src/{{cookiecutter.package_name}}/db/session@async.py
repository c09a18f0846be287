"""Engines, sessions and units of work.

    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        session.add(...)

The entry point of the process makes the engine, and disposes of it at the end. An engine belongs to one
event loop, and a session to one task.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self, cast

from sqlalchemy import URL, Connection, event, orm
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import SessionTransaction

from .engine import engine_arguments
from .errors import (
    COMMITTED,
    ENDED,
    LOST,
    LOST_SAVEPOINT,
    note_change,
    note_commit,
    note_failed_rows,
    refuse_to_lose_a_change,
)


def make_engine(url: str | URL, *, read_only: bool = False, **options: Any) -> AsyncEngine:
    """Return an engine for the database at `url`, which connects on first use.

    With `read_only=True` the database refuses to write; this is a second engine, so dispose of both. With
    `statement_timeout` the database cancels a statement after so many seconds. Other `options` go to
    create_engine(), and override the defaults: `pool_size=20`. Raises ValueError for a wrong URL.
    """
    return create_async_engine(**engine_arguments(url, read_only=read_only, **options))


class Session(orm.Session):
    """SQLAlchemy's Session, with savepoints that raise when an error was swallowed inside them."""

    # Whether it took a connection, which only `await` gives back.
    has_connected = False

    def begin(self, nested: bool = False) -> SessionTransaction:
        """Begin a transaction, or with `nested=True` a savepoint, as `session.begin_nested()` does.

        An exception that leaves the block of a savepoint rolls back only this block. The end of the block raises
        PendingRollbackError if a statement failed inside and its error was caught; SQLAlchemy alone would go on.
        """
        transaction = super().begin(nested)
        return cast("SessionTransaction", Savepoint(transaction)) if nested else transaction

    def refresh(self, instance: object, *arguments: Any, **options: Any) -> None:
        """Flush, and reload an object; without autoflush, SQLAlchemy would discard its pending changes."""
        self.flush()
        super().refresh(instance, *arguments, **options)


class Savepoint:
    """A nested SessionTransaction that raises at the end of its block if it was rolled back inside."""

    def __init__(self, transaction: SessionTransaction) -> None:
        self._transaction = transaction
        self._ended_by_hand = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transaction, name)

    def commit(self) -> None:
        self._transaction.commit()
        self._ended_by_hand = True

    def rollback(self) -> None:
        self._transaction.rollback()
        self._ended_by_hand = True

    def __enter__(self) -> Self:
        self._transaction.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_lost = kind is None and not self._transaction.is_active and not self._ended_by_hand
        self._transaction.__exit__(kind, error, traceback)
        if is_lost:
            raise PendingRollbackError(LOST_SAVEPOINT)


event.listen(Session, "do_orm_execute", note_failed_rows)
event.listen(Session, "detached_to_persistent", note_change)
event.listen(Session, "after_commit", note_commit)


@event.listens_for(Session, "after_begin", insert=True)  # first, because another listener may raise
def note_connection(session: Session, _transaction: SessionTransaction, _connection: Connection) -> None:
    session.has_connected = True


# The type of session factories, for annotations.
SessionFactory = async_sessionmaker[AsyncSession]


def make_sessions(engine: AsyncEngine) -> SessionFactory:
    """Return a session factory, for `transaction`."""
    return async_sessionmaker(
        engine,
        sync_session_class=Session,
        # Queries never autoflush: only flush() and commit send changes. Call flush() before a query
        # that must see them.
        # https://docs.sqlalchemy.org/en/21/orm/session_basics.html#flushing
        autoflush=False,
        # Objects stay readable after the commit; otherwise each first access is a SELECT, which
        # under asyncio is the error MissingGreenlet. The price: they show what was true at the commit.
        # https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads
        expire_on_commit=False,
        # A session that is used after its block raises; otherwise it begins a transaction that nothing commits.
        # https://docs.sqlalchemy.org/en/21/orm/session_api.html#sqlalchemy.orm.Session.params.close_resets_only
        close_resets_only=False,
        # On a connection that is in a transaction, as in tests, the unit is a savepoint of it. By default its
        # rollback would undo the whole transaction, and the owner of the connection would not notice.
        # https://docs.sqlalchemy.org/en/21/orm/session_api.html#sqlalchemy.orm.Session.params.join_transaction_mode
        join_transaction_mode="create_savepoint",
    )


def check_not_lost(session: orm.Session, begun: SessionTransaction) -> None:
    """Raise PendingRollbackError if the transaction of a session was ended, or rolled back after a swallowed error."""
    if session.get_transaction() is not begun:
        raise PendingRollbackError(ENDED)
    if not session.is_active:
        raise PendingRollbackError(LOST)
    refuse_to_lose_a_change(session)


async def roll_back(session: AsyncSession) -> None:
    """Roll back and close a session; close() alone would leave new objects as if they were stored."""
    try:
        await session.rollback()
        session.sync_session.close()  # waits for nothing after the rollback
    except BaseException:
        await session.close()
        raise


@asynccontextmanager
async def transaction(sessions: SessionFactory) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work: one session, one transaction, one commit at the end of the block.

    An exception that leaves the block rolls everything back, changes of the objects of stored rows too. Do not
    commit inside. Put a statement that may fail into `async with session.begin_nested():`, which rolls back alone.
    To read, pass the sessions of an engine with `read_only=True`: the database then refuses accidental writes.

    Raises PendingRollbackError if a statement failed inside and its error was caught, or if the transaction
    was ended inside. SQLAlchemy alone would leave the block as if everything were saved.
    """
    session = sessions()
    try:
        begun = session.sync_session.begin()
        yield session
        check_not_lost(session.sync_session, begun)
        await session.commit()
        # After the commit this waits for nothing. `await session.close()` would start a task for it.
        session.sync_session.close()
        await asyncio.sleep(0)  # a task that waits for the connection takes it, before this task may take it again
    except BaseException as error:
        if COMMITTED in session.info:
            error.add_note(COMMITTED)
        if isinstance(session.sync_session, Session) and not session.sync_session.has_connected:
            session.sync_session.close()  # without a task too: an invalid request is a fifth cheaper
            raise
        with suppress(Exception):  # of the rollback: the error of the block says more
            # in a task, as AsyncSession does it, because this one may be cancelled
            await asyncio.shield(asyncio.create_task(roll_back(session)))
        raise
