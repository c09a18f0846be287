"""The session factories of the web application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ..db.session import SessionFactory, make_engine, make_sessions
from .settings import WebSettings


@dataclass(frozen=True)
class Database:
    """Session factories: one to write, and one in which the database refuses to write."""

    writing: SessionFactory
    reading: SessionFactory


@asynccontextmanager
async def opened(settings: WebSettings) -> AsyncGenerator[Database]:
    """Open the engines, which connect on first use, and dispose of them at the end."""
    options: dict[str, Any] = {"echo": settings.database_echo, "statement_timeout": settings.statement_timeout}
    writer = make_engine(settings.database_url, **options)
    reader = make_engine(writer.url, read_only=True, **options)
    try:
        yield Database(make_sessions(writer), make_sessions(reader))
    finally:
        await reader.dispose()
        await writer.dispose()
