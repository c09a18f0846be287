"""Engine, sessions and units of work.

    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        session.add(...)

Whoever owns the process makes one engine and disposes of it at the end. An engine belongs to one
event loop, and a session to one task.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from . import dialect
from .commits import LOST
from .url import with_driver

# The type of session factories, to annotate with.
SessionFactory = async_sessionmaker[AsyncSession]


def make_engine(url: str | URL, **options: Any) -> AsyncEngine:
    """Return an engine for the database at `url`; it connects when it is first used.

    `options` are those of create_engine(), and win over ours of the same names: `pool_size=20`.
    ValueError says what is wrong with the URL.
    """
    url = dialect.resolve(with_driver(url, dialect.DRIVER))
    engine = create_async_engine(
        url,
        # Values stay out of logs and errors: they are people's data.
        # https://docs.sqlalchemy.org/en/21/core/engines.html#sqlalchemy.create_engine.params.hide_parameters
        hide_parameters=True,
        **(dialect.engine_options(url) | options),
    )
    dialect.configure(engine.sync_engine)
    return engine


def make_sessions(engine: AsyncEngine) -> SessionFactory:
    """Return the factory of sessions that read and write; open them with `transaction`."""
    return async_sessionmaker(
        engine,
        # Statements are sent where the code says so: at flush() and commit. A query does not see
        # what is pending; flush() before one that must.
        # https://docs.sqlalchemy.org/en/21/orm/session_basics.html#flushing
        autoflush=False,
        # Objects stay readable after the commit; otherwise each first access is a SELECT, which
        # under asyncio is the error MissingGreenlet. The price: they show what was true at the commit.
        # https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html#asyncio-orm-avoid-lazyloads
        expire_on_commit=False,
    )


def make_read_only_sessions(engine: AsyncEngine) -> SessionFactory:
    """Return the factory of sessions in which the database refuses to write.

    On a file of SQLite they also do not wait for the writer, nor make it wait.
    """
    return make_sessions(AsyncEngine(dialect.read_only(engine.sync_engine)))


@asynccontextmanager
async def transaction(sessions: SessionFactory) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work: one session, one transaction, one commit at the end of the block.

    Any exception in the block rolls everything back and goes on. Do not commit inside. A statement
    that may fail goes into `async with session.begin_nested():`, which undoes it alone.

    Raises PendingRollbackError if a statement failed inside, the block swallowed the error, and the
    transaction is lost by it: SQLAlchemy alone would leave the block as if it were saved.
    """
    async with sessions.begin() as session:
        yield session
        if not session.is_active:
            raise PendingRollbackError(LOST)
