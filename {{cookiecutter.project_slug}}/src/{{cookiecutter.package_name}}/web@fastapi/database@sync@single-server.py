"""The database of a process that serves requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ..db.session import SessionFactory, make_engine, make_sessions
from .settings import WebSettings


@dataclass(frozen=True)
class Database:
    """Where sessions come from: those that write, and those in which the database refuses to."""

    writing: SessionFactory
    reading: SessionFactory


@asynccontextmanager
async def opened(settings: WebSettings) -> AsyncGenerator[Database]:
    """Make the engines, and dispose of them at the end; they connect when they are first used."""
    options: dict[str, Any] = {"echo": settings.database_echo, "statement_timeout": settings.statement_timeout}
    writer = make_engine(settings.database_url, **options)
    reader = make_engine(writer.url, read_only=True, **options)
    try:
        yield Database(make_sessions(writer), make_sessions(reader))
    finally:
        reader.dispose()
        writer.dispose()
