"""The nodes of a PostgreSQL cluster for asyncio."""

from .. import async_dialect
from . import nodes


class Dialect(nodes.Dialect, async_dialect.Dialect):
    """The dialect of a cluster for asyncio."""

    supports_statement_cache = True
