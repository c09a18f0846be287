"""Everything that is special about a cluster of PostgreSQL: its nodes, its timeouts, its errors, its positions."""

from typing import Any, Literal

import psycopg
from sqlalchemy import URL, Engine, TextClause, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from . import dialect

# Seconds, for each host: libpq tries one after the other.
CONNECT_TIMEOUT = 3
# Seconds without a sign of life of the other machine; one that is alive may take as long as it likes. Less than an
# attempt of `run_transaction` may last, because to cancel a statement takes psycopg 5 seconds more on a silent network.
SILENCE_TIMEOUT = 6

# Which node a host list leads to, whatever the order of the hosts.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
WRITER: dict[str, Any] = {"target_session_attrs": "read-write"}
# A replica, any of them, or the writer if there is none.
READER: dict[str, Any] = {"target_session_attrs": "prefer-standby", "load_balance_hosts": "random"}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
NOT_READY = {
    "53300",  # too_many_connections
    "57P03",  # cannot_connect_now: starting up, shutting down
}
# read_only_sql_transaction: a replica, or a writer of yesterday, behind an address that moves.
READ_ONLY_NODE = "25006"
DISCONNECTS = {
    "08",  # connection_exception, a whole class: among them what a pooler says when it lost its server
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P05",  # idle_session_timeout
    "25P03",  # idle_in_transaction_session_timeout
    "25P04",  # transaction_timeout
}


def engine_options(url: URL, role: Literal["writer", "reader"], *, pooler: bool) -> dict[str, Any]:
    """Return the arguments of create_engine() for sessions of this role."""
    options = dialect.engine_options(url)
    connect_args: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT,
        # Keepalives notice nothing while sent data waits for its acknowledgement; this does.
        # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TCP-USER-TIMEOUT
        "tcp_user_timeout": SILENCE_TIMEOUT * 1000,
        # Of a pooler libpq asks in vain: it tells what its first server was, also when that has become another.
        **({} if pooler else WRITER if role == "writer" else READER),
    }
    options["connect_args"] |= {name: value for name, value in connect_args.items() if name not in url.query}
    if role == "reader":
        # Seconds: leave a node soon that became the writer.
        options["pool_recycle"] = 300
    if pooler:
        # Prepared statements belong to a connection of the server, which the next transaction may not get.
        # https://www.psycopg.org/psycopg3/docs/advanced/prepare.html#using-prepared-statements-with-pgbouncer
        options["connect_args"]["prepare_threshold"] = None
        # Poolers refuse it. What it sets is set for the role instead: ALTER ROLE ... SET timezone = 'UTC'
        # https://www.pgbouncer.org/config.html#ignore_startup_parameters
        del options["connect_args"]["options"]
    return options


def configure(engine: Engine, role: Literal["writer", "reader"]) -> None:
    """Leave a node that no longer writes, and make a COMMIT that only one node has an error."""
    refuse_commits_of_one_node(engine)

    @event.listens_for(engine, "handle_error")
    def leave(context: ExceptionContext) -> None:
        connection = context.connection
        # In a session that only reads, it is an answer to who wants to write there.
        reads = connection is not None and connection.get_execution_options().get("postgresql_readonly")
        state = getattr(context.original_exception, "sqlstate", None)
        if role == "writer" and state == READ_ONLY_NODE and not reads:
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False


def refuse_commits_of_one_node(engine: Engine) -> None:
    """Raise an OperationalError where a COMMIT did not wait for the replicas to the end.

    If that wait is cancelled, PostgreSQL keeps the commit on this node, answers with success, and mentions
    it in a warning. A failover then loses it.
    https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION-HA
    """

    @event.listens_for(engine, "connect")
    def listen(connection: Any, record: ConnectionPoolEntry) -> None:
        def note(notice: psycopg.errors.Diagnostic) -> None:
            if notice.source_function == "SyncRepWaitForLSN":  # its text is in the language of the server
                record.info["not_replicated"] = True

        connection.add_notice_handler(note)

    commit = engine.dialect.do_commit

    def do_commit(dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.info.pop("not_replicated", None)
        commit(dbapi_connection)
        if dbapi_connection.info.pop("not_replicated", False):
            raise psycopg.OperationalError("COMMIT: the wait for the replicas was cancelled, so a failover may undo it")

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]


def is_disconnect(error: BaseException) -> bool:
    """Return whether the connection is gone, or never was."""
    state = getattr(error, "sqlstate", None)
    if state is None:  # not from the server
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)
    return state in DISCONNECTS or state[:2] in DISCONNECTS


def is_not_ready(error: BaseException) -> bool:
    """Return whether this node does not work now, but another one does, or this one soon."""
    return getattr(error, "sqlstate", None) in NOT_READY


def position() -> TextClause:
    """How far the log of the writer is, as a text: everything committed by now is before it."""
    return text("SELECT CAST(pg_current_wal_insert_lsn() AS text)")


def has_applied(position: str, _patience: float) -> TextClause:
    """Whether this node shows everything up to a position; the answer comes at once."""
    return text(
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn) ELSE true END"
    ).bindparams(position=position)


def direct_url(url: URL) -> URL:
    """Return the URL for migrations: those of several hosts go to the one that writes."""
    return url.update_query_dict({name: value for name, value in WRITER.items() if name not in url.query})
