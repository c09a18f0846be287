"""PostgreSQL for this project: URLs, connections, timeouts, and commits that keep everything or raise."""

import math
import time
from typing import Any

from psycopg.pq import Conninfo, TransactionStatus
from sqlalchemy import URL, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from .errors import CautiousDialect

# The names that a URL may begin with, and what SQLAlchemy calls them.
BACKENDS = {"postgresql": "postgresql", "postgres": "postgresql"}
# The name of the package, and of its dialects in the URL of an engine, after a plus sign.
NAME = "{{ cookiecutter.package_name }}"
BLOCKING_DRIVER = "psycopg"  # for migrations, which are blocking code
DRIVERS = ("{{ cookiecutter.__driver }}", BLOCKING_DRIVER)
EXAMPLE_URL = "{{ cookiecutter.__url }}"
EXAMPLE = EXAMPLE_URL  # in messages

# Settings of every session, which the server sets back when the connection ends.
# https://www.postgresql.org/docs/current/runtime-config-client.html
SESSION = {
    # A string such as '2026-01-01 12:00' in SQL means UTC, whatever the server's zone is.
    "timezone": "UTC",
    # A statement that waits this long for a lock fails, instead of piling up others behind it.
    "lock_timeout": "10s",
    # A client that forgot its transaction holds locks and keeps VACUUM from cleaning up.
    "idle_in_transaction_session_timeout": "60s",
}
# The server notices in seconds that a client left while the network was silent, and frees its locks.
# https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS
KEEPALIVES = {"tcp_keepalives_idle": "5s", "tcp_keepalives_interval": "2s", "tcp_keepalives_count": "3"}

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    # Notice a silent network in seconds instead of a quarter of an hour.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

POOL_OPTIONS: dict[str, Any] = {
    # 15 at most, as by default, but 10 stay open, not 5: at 8 requests at once, opening others again and again took a
    # third of the CPU of a request. The price: up to 10 idle connections after a burst.
    # https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.max_overflow
    "pool_size": 10,
    "max_overflow": 5,
    # Seconds: connections are replaced before firewalls and servers drop them silently.
    # https://docs.sqlalchemy.org/en/21/core/pooling.html#setting-pool-recycle
    "pool_recycle": 1800,
    # Seconds to wait for a free connection; then an error that can be answered with "busy".
    # https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.timeout
    "pool_timeout": 10,
    # Reuse the warmest connection, so that surplus ones are idle, and the server may close them (idle_session_timeout).
    # https://docs.sqlalchemy.org/en/21/core/pooling.html#pool-use-lifo
    "pool_use_lifo": True,
}

# Idle seconds after which a connection is pinged before its next use. `pool_pre_ping=True` pings each
# time, which is one of the three or four round trips of a small unit of work. A server that goes away between two
# units of work within this time costs an error, as it does in the middle of one.
# https://github.com/brettwooldridge/HikariCP/wiki/Rapid-Recovery
IDLE = 0.5

# https://www.postgresql.org/docs/current/errcodes-appendix.html
RETRYABLE = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available: lock_timeout, or NOWAIT
}


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    if not url.database:
        return f"it names no database; it should look like {EXAMPLE}"
    # https://www.psycopg.org/psycopg3/docs/api/pq.html#psycopg.pq.Conninfo.get_defaults
    unknown = url.query.keys() - {option.keyword.decode() for option in Conninfo.get_defaults()}
    options = ", ".join(sorted(unknown))
    return f"it has unknown options ({options}): remove them; for TLS write sslmode=require" if unknown else None


def resolve(url: URL) -> URL:
    """Return the URL as it is."""
    return url


def is_retryable(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction, so that this one can be retried."""
    return getattr(error, "sqlstate", None) in RETRYABLE


class Dialect(CautiousDialect, PGDialect_psycopg):
    """Sessions in UTC with timeouts, and a COMMIT that raises where PostgreSQL would silently roll back.

    After a failed statement PostgreSQL keeps nothing of the transaction, and turns COMMIT into ROLLBACK without an
    error. https://www.postgresql.org/docs/current/tutorial-transactions.html
    """

    supports_statement_cache = True
    session = SESSION | KEEPALIVES

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        if type(engine.dialect) is cls:  # it is called for the class that the URL names as well
            ping_idle_connections(engine)

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        settings = dict(self.session)
        if settings and self.read_only:  # for AUTOCOMMIT, too; a pooler passes no settings on
            settings["default_transaction_read_only"] = "on"
        if settings and self.statement_timeout is not None:
            # https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT
            settings["statement_timeout"] = f"{self.statement_timeout * 1000:.0f}"
        session = " ".join(f"-c {name}={value}" for name, value in settings.items())
        given = parameters.get("options", "")  # a tuple if the URL has several; the last one wins
        options = " ".join([session, *((given,) if isinstance(given, str) else given)]).strip()
        return super().connect(*arguments, **(CONNECT | parameters | {"options": options}))

    def on_connect(self) -> Any:
        prepare = super().on_connect()

        def connect(connection: Any) -> None:
            prepare(connection)
            if self.read_only:
                # psycopg begins its transactions with READ ONLY from now on.
                self.set_readonly(connection, True)

        return connect

    def set_readonly(self, connection: Any, value: bool) -> None:
        # The pool sets it back to False after a connection with `postgresql_readonly`.
        super().set_readonly(connection, self.read_only or value)

    def is_undone(self, dbapi_connection: Any) -> bool:
        # https://www.psycopg.org/psycopg3/docs/api/pq.html#psycopg.pq.TransactionStatus
        status = dbapi_connection.dbapi_connection.info.transaction_status
        return bool(status == TransactionStatus.INERROR) or super().is_undone(dbapi_connection)


registry.register(f"postgresql.{NAME}", f"{NAME}.db.{{ cookiecutter.__dialect }}", "Dialect")


def ping_idle_connections(engine: Engine) -> None:
    """Ping each connection that was idle for longer than IDLE; if one does not respond, replace all of them.

    https://docs.sqlalchemy.org/en/21/core/pooling.html#custom-legacy-pessimistic-ping
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _lent: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            if not engine.dialect.is_disconnect(error, connection, None):
                raise
            raise InvalidatePoolError from error
