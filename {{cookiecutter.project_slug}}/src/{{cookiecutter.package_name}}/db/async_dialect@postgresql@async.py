"""PostgreSQL for asyncio."""

from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg

from . import dialect


class Dialect(dialect.Dialect, PGDialectAsync_psycopg):
    """The dialect for asyncio; a blocking engine gets its first base."""

    supports_statement_cache = True

    @classmethod
    def get_dialect_cls(cls, url: URL) -> Any:
        return cls.__bases__[0]

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        return cls
