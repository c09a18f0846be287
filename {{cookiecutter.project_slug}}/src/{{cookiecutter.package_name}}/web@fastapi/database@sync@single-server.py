"""The database of a process that serves requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..db.session import SessionFactory, make_engine, make_read_only_sessions, make_sessions
from ..settings import Settings


@dataclass(frozen=True)
class Database:
    """Where sessions come from: those that write, and those in which the database refuses to."""

    writing: SessionFactory
    reading: SessionFactory


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """Make the engine, and dispose of it at the end; it connects when it is first used."""
    engine = make_engine(settings.database_url, echo=settings.database_echo)
    try:
        yield Database(make_sessions(engine), make_read_only_sessions(engine))
    finally:
        engine.dispose()
