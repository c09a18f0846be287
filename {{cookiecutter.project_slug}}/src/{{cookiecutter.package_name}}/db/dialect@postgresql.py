"""Everything that is special about PostgreSQL: driver, connection, timeouts, lost races."""

from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine
from sqlalchemy.pool import PoolProxiedConnection

from .commits import driver_of, refuse_lost_commits
from .pinging import ping_idle_connections

# The names that a URL may begin with, and what SQLAlchemy calls them.
BACKENDS = {"postgresql": "postgresql", "postgres": "postgresql"}
DRIVER = "{{ cookiecutter.__driver }}"
BLOCKING_DRIVER = "psycopg"  # for migrations, which are blocking code
EXAMPLE_URL = "{{ cookiecutter.__url }}"

# Settings of every session, which the server sets back when the connection ends.
# https://www.postgresql.org/docs/current/runtime-config-client.html
SESSION = {
    # Text such as '2026-01-01 12:00' in SQL means UTC, whatever the server's zone is.
    "timezone": "UTC",
    # A statement that waits this long for a lock fails, instead of piling up others behind it.
    "lock_timeout": "10s",
    # A client that forgot its transaction holds locks and keeps VACUUM from cleaning up.
    "idle_in_transaction_session_timeout": "60s",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOST_RACES = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available: lock_timeout, or NOWAIT
}


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    return None if url.database else f"it names no database; it should look like {EXAMPLE_URL}"


def resolve(url: URL) -> URL:
    """Return the URL as it is."""
    return url


def engine_options(url: URL) -> dict[str, Any]:
    """Return the arguments of create_engine() that are special to a server, and to this one."""
    session = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    given = url.query.get("options", "")
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    connect_args: dict[str, Any] = {
        "connect_timeout": 5,
        # Notice a silent network in seconds instead of a quarter of an hour.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # milliseconds
    }
    return {
        # Seconds: connections are replaced before firewalls and servers drop them silently.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#setting-pool-recycle
        "pool_recycle": 1800,
        # Seconds to wait for a free connection; then an error that can be answered with "busy".
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.timeout
        "pool_timeout": 10,
        # Reuse the warmest connection, so that surplus ones become idle and are recycled.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#pool-use-lifo
        "pool_use_lifo": True,
        # What the URL says itself wins, and among the options the last one does.
        "connect_args": {name: value for name, value in connect_args.items() if name not in url.query}
        | {"options": f"{session} {given if isinstance(given, str) else ' '.join(given)}".strip()},
    }


def configure(engine: Engine) -> None:
    """Refuse a COMMIT that PostgreSQL would answer with ROLLBACK, without an error."""
    refuse_lost_commits(engine, is_undone)
    ping_idle_connections(engine)


def read_only(engine: Engine) -> Engine:
    """Return the same engine for sessions in which the server refuses to write.

    https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#setting-read-only-deferrable
    """
    return engine.execution_options(postgresql_readonly=True)


def is_undone(connection: PoolProxiedConnection) -> bool:
    """Return whether a statement failed in this transaction, so that nothing of it can be kept.

    https://www.psycopg.org/psycopg3/docs/api/pq.html#psycopg.pq.TransactionStatus
    """
    return bool(driver_of(connection).info.transaction_status == TransactionStatus.INERROR)


def lost_race(error: BaseException) -> bool:
    """Return whether another transaction was in the way, so that this one can be rolled back and run again."""
    return getattr(error, "sqlstate", None) in LOST_RACES
