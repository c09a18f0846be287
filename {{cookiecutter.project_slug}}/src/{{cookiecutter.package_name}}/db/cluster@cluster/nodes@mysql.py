"""Everything that is special about a Galera cluster: its nodes, its timeouts, its errors, its positions."""

import math
import random
from contextlib import suppress
from typing import Any, Literal

from sqlalchemy import URL, Dialect, Engine, TextClause, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from . import dialect
from .dialect import number_of

# Seconds, for each host.
CONNECT_TIMEOUT = 3
# Seconds until an answer has to begin: of a statement that takes longer, and of a node that is frozen. More than a
# lock is waited for, which is a lost race and no lost node.
ANSWER_TIMEOUT = 12

# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
NOT_READY = {
    1040,  # too many connections
    1047,  # a Galera node that has no quorum, or has not caught up yet
    1053,  # shutting down
    1290,  # read-only, by an option
    1836,  # read-only mode
    3101,  # rolled back by the group (MySQL's group replication)
}
DISCONNECTS = {
    *(1158, 1159, 1160, 1161),  # the network, while reading or writing
    *(1077, 1927, 4031),  # closed by the server: shutdown, KILL, idle for too long
    1180,  # COMMIT without a quorum: the others may have it, or not
    *(2002, 2003, 2006, 2013, 2014, 2045, 2055),  # of the drivers: no connection, or none any more
}
# 1180 as well, and for good: the limits of wsrep_max_ws_rows and wsrep_max_ws_size.
TOO_LARGE = ("wsrep_max_ws_rows", "Maximum writeset size")


def engine_options(url: URL, role: Literal["writer", "reader"], *, pooler: bool) -> dict[str, Any]:
    """Return the arguments of create_engine() for sessions of this role; for poolers nothing is different."""
    options = dialect.engine_options(url)
    # https://pymysql.readthedocs.io/en/latest/modules/connections.html, and asyncmy has them from there
    connect_args = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": ANSWER_TIMEOUT}
    if url.get_driver_name() == dialect.BLOCKING_DRIVER:
        connect_args["write_timeout"] = ANSWER_TIMEOUT
    options["connect_args"] |= {name: value for name, value in connect_args.items() if name not in url.query}
    if role == "reader":
        # Seconds: spread over the nodes again soon, once one is back.
        options["pool_recycle"] = 300
    return options


def hosts_of(url: URL) -> list[tuple[str, int]]:
    """Return the hosts of `mariadb://me:secret@/db?host=a:3306&host=b:3306`, or the one before the path."""
    listed = url.query.get("host", ())
    listed = (listed,) if isinstance(listed, str) else listed
    pairs = [host.rpartition(":") for host in listed]
    for _host, colon, port in pairs:
        if colon and not port.isdigit():
            raise ValueError(f"{port!r} is no port; several hosts are written as ?host=a:3306&host=b:3306")
    named = [(host.strip("[]"), int(port)) if colon else (port, 3306) for host, colon, port in pairs]
    return named or [(url.host or "localhost", url.port or 3306)]


def configure(engine: Engine, role: Literal["writer", "reader"]) -> None:
    """Connect to the first node that works, because the drivers know one host; and leave one that no longer does."""
    hosts = hosts_of(engine.url)

    def in_order() -> list[tuple[str, int]]:
        # Writers meet on one node, the first that works: on two, changes of one row end as lost races at COMMIT.
        return hosts if role == "writer" else random.sample(hosts, len(hosts))

    # https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.DialectEvents.do_connect
    @event.listens_for(engine, "do_connect")
    def connect(driver: Dialect, _record: ConnectionPoolEntry, args: Any, parameters: dict[str, Any]) -> Any:
        failures = (driver.loaded_dbapi.Error, OSError)
        errors: list[BaseException] = []
        for host, port in in_order():
            try:
                # A node that is frozen lets clients in as well, and then says nothing.
                own = {"host": host, "port": port, "read_timeout": CONNECT_TIMEOUT}
                connection: Any = driver.connect(*args, **parameters | own)
            except failures as error:
                errors.append(error)
                continue
            try:
                # A node without a quorum lets clients in and answers a ping; not this.
                connection.rollback()
                # Both drivers look at it before each answer; neither has a public way to change it.
                getattr(connection, "driver_connection", connection)._read_timeout = parameters["read_timeout"]
            except failures as error:
                errors.append(error)
                with suppress(Exception):
                    connection.close()
            else:
                return connection
        raise errors[-1]

    @event.listens_for(engine, "handle_error")
    def leave(context: ExceptionContext) -> None:
        if number_of(context.original_exception) in NOT_READY:
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False  # the others may be on nodes that work


def is_disconnect(error: BaseException) -> bool:
    """Return whether the connection is gone, or never was."""
    number = number_of(error)
    return number in DISCONNECTS and not (number == 1180 and any(text in str(error) for text in TOO_LARGE))


def is_not_ready(error: BaseException) -> bool:
    """Return whether this node does not work now, but another one does, or this one soon."""
    return number_of(error) in NOT_READY


def position() -> TextClause:
    """How far the cluster is, as a text: everything committed by now, on any node, is before it.

    https://mariadb.com/docs/galera-cluster/reference/wsrep-variable-details/wsrep_sync_wait
    """
    return text("SET STATEMENT wsrep_sync_wait = 1 FOR SELECT CAST(WSREP_LAST_SEEN_GTID() AS CHAR)")


def has_applied(position: str, patience: float) -> TextClause:
    """Wait for this node to show everything up to a position; after `patience` seconds it fails with 1205."""
    wait = text("SELECT WSREP_SYNC_WAIT_UPTO_GTID(:position, :seconds)")
    return wait.bindparams(position=position, seconds=math.ceil(patience))


def direct_url(url: URL) -> URL:
    """Return the URL for migrations: the first of several hosts, because advisory locks are those of one node."""
    host, port = hosts_of(url)[0]
    return url.difference_update_query(["host"]).set(host=host, port=port)
