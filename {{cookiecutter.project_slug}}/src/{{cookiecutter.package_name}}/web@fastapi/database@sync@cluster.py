"""The session factories of the web application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..db.cluster.sessions import connected
from ..db.session import SessionFactory
from .settings import WebSettings


@dataclass(frozen=True)
class Database:
    """Session factories: one to write, and one on replicas, which may be a little behind."""

    writing: SessionFactory
    reading: SessionFactory


@asynccontextmanager
async def opened(settings: WebSettings) -> AsyncGenerator[Database]:
    """Open the engines, which connect on first use, and dispose of them at the end."""
    with connected(
        settings.database_url,
        read_url=settings.database_read_url,
        pooler=settings.database_pooler,
        echo=settings.database_echo,
        statement_timeout=settings.statement_timeout,
    ) as cluster:
        yield Database(cluster.writing, cluster.reading)
