"""The nodes of a PostgreSQL cluster: how to connect to one, when to leave it, and how far it has replicated."""

from typing import Any, Literal

import psycopg
from sqlalchemy import URL, TextClause, text
from sqlalchemy.dialects import registry

from .. import dialect

# The name of the dialects below in the URL of an engine, after a plus sign.
NAME = f"{dialect.NAME}_cluster"

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
CONNECT: dict[str, Any] = {
    # Seconds, for each host: libpq tries one after the other.
    "connect_timeout": 3,
    # Milliseconds in which the other machine acknowledges nothing; a slow statement is not affected. Less than an
    # attempt of `run_transaction` takes, because psycopg needs 5 seconds more to cancel on a silent network.
    "tcp_user_timeout": 6_000,
}
# The node that a list of hosts leads to, whatever the order of the hosts.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
WRITER: dict[str, Any] = {"target_session_attrs": "read-write"}
# Any replica, or the writer if there is none.
READER: dict[str, Any] = {"target_session_attrs": "prefer-standby", "load_balance_hosts": "random"}
# Prepared statements belong to a connection of the server, which the next transaction may not get.
# https://www.psycopg.org/psycopg3/docs/advanced/prepare.html#using-prepared-statements-with-pgbouncer
POOLER: dict[str, Any] = {"prepare_threshold": None}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
DISCONNECTS = {
    "08",  # connection_exception, a whole class: among them the errors of a pooler that lost its server
    "53300",  # too_many_connections
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now: starting up, shutting down
    "57P05",  # idle_session_timeout
    "25P03",  # idle_in_transaction_session_timeout
    "25P04",  # transaction_timeout
}
# read_only_sql_transaction: a replica, or a former writer, behind an address that moves.
READ_ONLY_NODE = "25006"


class Dialect(dialect.Dialect):
    """The project's dialect with a role: it connects to a node of this role, and leaves one that lost it.

    COMMIT raises an error if only this node has it.
    """

    supports_statement_cache = True

    def __init__(self, role: Literal["writer", "reader"] = "writer", pooler: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.role = role
        self.pooler = pooler
        # A pooler reports the parameters of its first server, also after that has become a replica.
        self.target = POOLER if pooler else WRITER if role == "writer" else READER
        if self.target is WRITER and self.read_only:
            # "read-write" asks for a session that is not read-only.
            # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
            self.target = {"target_session_attrs": "primary"}
        if pooler:
            # Poolers refuse settings at connect. Set them for the role: ALTER ROLE ... SET timezone = 'UTC'
            # https://www.pgbouncer.org/config.html#ignore_startup_parameters
            self.session = {}

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        return super().connect(*arguments, **(CONNECT | self.target | parameters))

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        if super().is_disconnect(e, connection, cursor):
            return True
        state = getattr(e, "sqlstate", None)
        if state is None:  # not from the server
            return isinstance(e, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)
        if state == READ_ONLY_NODE:  # expected in a read-only session, wherever that is
            return self.role == "writer" and not self.read_only
        return state in DISCONNECTS or state[:2] in DISCONNECTS

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit, or raise an OperationalError if the wait for the replicas was cancelled.

        PostgreSQL then keeps the commit on this node, reports success, and sends a warning. A failover loses it.
        https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA
        """
        cancelled: list[str | None] = []

        def note(notice: psycopg.errors.Diagnostic) -> None:
            if notice.source_function == "SyncRepWaitForLSN":  # the message itself is in the server's language
                cancelled.append(notice.source_function)

        connection = dbapi_connection.driver_connection
        connection.add_notice_handler(note)
        try:
            super().do_commit(dbapi_connection)
        finally:
            connection.remove_notice_handler(note)
        if cancelled:
            raise psycopg.OperationalError("COMMIT: the wait for the replicas was cancelled, so a failover may undo it")


registry.register(f"postgresql.{NAME}", f"{dialect.NAME}.db.cluster.{{ cookiecutter.__nodes }}", "Dialect")


def position() -> TextClause:
    """Return the query for a causality token: the position in the writer's log, after all commits so far."""
    return text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")


def has_applied(position: str, _max_wait: float) -> TextClause:
    """Return the query for whether this node has applied a position; it does not wait."""
    return text(
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn) ELSE true END"
    ).bindparams(position=position)


def direct_url(url: URL) -> URL:
    """Return the URL for migrations, which finds the writer among several hosts."""
    return url.update_query_dict({name: value for name, value in WRITER.items() if name not in url.query})
