"""The database of a process that serves requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..db.session import SessionFactory, make_engine, make_sessions
from ..settings import Settings


@dataclass(frozen=True)
class Database:
    """Where sessions come from: those that write, and those in which the database refuses to."""

    writing: SessionFactory
    reading: SessionFactory


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """Make the engines, and dispose of them at the end; they connect when they are first used."""
    writer = make_engine(settings.database_url, echo=settings.database_echo)
    reader = make_engine(writer.url, read_only=True, echo=settings.database_echo)
    try:
        yield Database(make_sessions(writer), make_sessions(reader))
    finally:
        reader.dispose()
        writer.dispose()
