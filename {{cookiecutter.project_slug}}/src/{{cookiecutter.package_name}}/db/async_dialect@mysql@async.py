"""MySQL and MariaDB for asyncio."""

from contextlib import suppress
from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy

from . import dialect

# require_secure_transport; and access denied, which a user with REQUIRE SSL gets, too. So a wrong password costs a
# second attempt to connect.
TLS_DEMANDED = {3159, 1045}


class Dialect(dialect.Dialect, MySQLDialect_asyncmy):
    """The dialect for asyncio, with TLS where the server demands it: PyMySQL always tries it first, asyncmy never does.

    A blocking engine gets its first base.
    """

    supports_statement_cache = True

    @classmethod
    def get_dialect_cls(cls, url: URL) -> Any:
        return cls.__bases__[0]

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        return cls

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        try:
            return super().connect(*arguments, **parameters)
        except self.loaded_dbapi.Error as error:
            if dialect.number_of(error) not in TLS_DEMANDED or "ssl" in parameters:
                raise
            with suppress(self.loaded_dbapi.Error):  # the first error says more
                # As PyMySQL does: encrypted, but the server is verified only with `?ssl_ca=...` in the URL.
                return super().connect(*arguments, **parameters, ssl=True)
            raise


class MariaDBDialect(dialect.MariaDBDialect, Dialect):
    """The same for MariaDB."""

    supports_statement_cache = True
