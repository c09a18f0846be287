"""The nodes of Galera or of MySQL's group replication for asyncio."""

from .. import async_dialect
from . import nodes


class Dialect(nodes.Dialect, async_dialect.Dialect):
    """The dialect of a cluster for asyncio."""

    supports_statement_cache = True


class MariaDBDialect(nodes.MariaDBDialect, async_dialect.MariaDBDialect):
    """The same for MariaDB."""

    supports_statement_cache = True
