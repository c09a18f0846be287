"""The nodes of a Galera cluster: how to connect to one, when to leave it, and how far it has replicated."""

import math
import random
from contextlib import suppress
from typing import Any, Literal

from sqlalchemy import URL, TextClause, text
from sqlalchemy.dialects import registry

from .. import dialect
from ..dialect import number_of

# The name of the dialects below in the URL of an engine, after a plus sign.
NAME = f"{dialect.NAME}_cluster"

# Seconds, for each host.
CONNECT_TIMEOUT = 3
# Seconds until a response has to begin: a slow statement and a frozen node look the same. Longer than
# innodb_lock_wait_timeout, whose error leaves the connection usable.
ANSWER_TIMEOUT = 12

# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
DISCONNECTS = {
    *(1158, 1159, 1160, 1161),  # the network, while reading or writing
    *(1077, 1927, 4031),  # closed by the server: shutdown, KILL, idle for too long
    1180,  # COMMIT without a quorum: the others may have it, or not
    *(2002, 2003, 2006, 2013, 2014, 2045, 2055),  # of the drivers: no connection, or none any more
    1040,  # too many connections
    1047,  # a Galera node that has no quorum, or has not caught up yet
    1053,  # shutting down
    1290,  # read-only, by an option
    1836,  # read-only mode
}
# 1180 as well, and permanent: the limits of wsrep_max_ws_rows and wsrep_max_ws_size.
TOO_LARGE = ("wsrep_max_ws_rows", "Maximum writeset size")


def hosts_of(url: URL) -> list[tuple[str, int]]:
    """Return the hosts of `mariadb://me:secret@/db?host=a:3306&host=b:3306`, or the one before the path."""
    listed = url.query.get("host", ())
    listed = (listed,) if isinstance(listed, str) else listed
    pairs = [host.rpartition(":") for host in listed]
    for _host, colon, port in pairs:
        if colon and not port.isdigit():
            raise ValueError(f"{port!r} is not a port: write several hosts as ?host=a:3306&host=b:3306")
    named = [(host.strip("[]"), int(port)) if colon else (port, 3306) for host, colon, port in pairs]
    return named or [(url.host or "localhost", url.port or 3306)]


class Dialect(dialect.Dialect):
    """The project's dialect for a list of hosts: it connects to one that works. The drivers accept a single host.

    Writers use the first such node, because changes of one row on two nodes conflict at COMMIT.
    """

    supports_statement_cache = True

    def __init__(self, role: Literal["writer", "reader"] = "writer", pooler: bool = False, **options: Any) -> None:
        super().__init__(**options)  # nothing depends on a pooler
        self.role = role

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        return AsyncDialect

    def create_connect_args(self, url: URL, *options: Any, **named_options: Any) -> Any:
        arguments, parameters = super().create_connect_args(
            url.difference_update_query(["host"]), *options, **named_options
        )
        return arguments, {**parameters, "hosts": hosts_of(url)}

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        hosts = parameters.pop("hosts")
        # https://pymysql.readthedocs.io/en/latest/modules/connections.html, and asyncmy has them from there
        timeouts = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": ANSWER_TIMEOUT}
        parameters = timeouts | ({} if self.is_async else {"write_timeout": ANSWER_TIMEOUT}) | parameters
        failures = (self.loaded_dbapi.Error, OSError)
        errors: list[BaseException] = []
        for host, port in hosts if self.role == "writer" else random.sample(hosts, len(hosts)):
            try:
                # A frozen node accepts connections, and then does not respond.
                own = {"host": host, "port": port, "read_timeout": CONNECT_TIMEOUT}
                connection = super().connect(*arguments, **(parameters | own))
            except failures as error:
                errors.append(error)
                continue
            try:
                # A node without a quorum accepts connections and a ping, but rejects a ROLLBACK.
                connection.rollback()
                # Both drivers read it before each response; neither has a public way to change it.
                self.get_driver_connection(connection)._read_timeout = parameters["read_timeout"]
            except failures as error:
                errors.append(error)
                with suppress(Exception):
                    connection.close()
            else:
                return connection
        raise errors[-1]

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        if number_of(e) == 1180 and any(words in str(e) for words in TOO_LARGE):
            return False
        return super().is_disconnect(e, connection, cursor) or number_of(e) in DISCONNECTS


class AsyncDialect(Dialect, dialect.AsyncDialect):
    """The same for asyncio."""

    supports_statement_cache = True


class MariaDBDialect(Dialect, dialect.MariaDBDialect):
    """The same for MariaDB."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        return AsyncMariaDBDialect


class AsyncMariaDBDialect(MariaDBDialect, dialect.AsyncMariaDBDialect):
    """The same for MariaDB and asyncio."""

    supports_statement_cache = True


registry.register(f"mysql.{NAME}", __name__, "Dialect")
registry.register(f"mariadb.{NAME}", __name__, "MariaDBDialect")


def position() -> TextClause:
    """Return the query for a causality token: everything committed so far, on any node, is before it.

    https://mariadb.com/docs/galera-cluster/reference/wsrep-variable-details/wsrep_sync_wait
    """
    return text("SET STATEMENT wsrep_sync_wait = 1 FOR SELECT CAST(WSREP_LAST_SEEN_GTID() AS CHAR)")


def has_applied(position: str, max_wait: float) -> TextClause:
    """Return the query that waits until this node has applied a position, or fails with 1205 after `max_wait` s."""
    wait = text("SELECT WSREP_SYNC_WAIT_UPTO_GTID(:position, :seconds)")
    return wait.bindparams(position=position, seconds=math.ceil(max_wait))


def direct_url(url: URL) -> URL:
    """Return the URL for migrations: the first host, because an advisory lock is held on one node only."""
    host, port = hosts_of(url)[0]
    return url.difference_update_query(["host"]).set(host=host, port=port)
