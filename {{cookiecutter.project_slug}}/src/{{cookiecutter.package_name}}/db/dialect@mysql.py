"""MySQL and MariaDB for this project: URLs, connections, timeouts, and commits that keep everything or raise."""

import math
import time
from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql import mariadb
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, InvalidRequestError
from sqlalchemy.pool import ConnectionPoolEntry

from .errors import CautiousDialect, notes

# The names that a URL may begin with, and what SQLAlchemy calls them. Both work for MariaDB; with mariadb://
# offline migrations (`--sql`) speak its dialect without asking the server. MySQL itself needs mysql://.
BACKENDS = {"mysql": "mysql", "mariadb": "mariadb"}
# The name of the package, and of its dialects in the URL of an engine, after a plus sign.
NAME = "{{ cookiecutter.package_name }}"
BLOCKING_DRIVER = "pymysql"  # for migrations, which are blocking code
DRIVERS = ("{{ cookiecutter.__driver }}", BLOCKING_DRIVER)
EXAMPLE_URL = "{{ cookiecutter.__url }}"
EXAMPLE = f"{EXAMPLE_URL} (mysql:// for MySQL itself)"  # in messages

# Settings of every session.
SESSION = ", ".join(
    [
        # NOW() and TIMESTAMP columns mean UTC, whatever the server's zone is.
        # https://dev.mysql.com/doc/refman/8.4/en/time-zone-support.html
        "time_zone = '+00:00'",
        # Too long a string or too large a number is an error, on every storage engine, instead of
        # being cut. https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict
        "sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
        # Seconds: a statement that waits this long for a row lock fails (the default is 50) ...
        # https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_lock_wait_timeout
        "innodb_lock_wait_timeout = 10",
        # ... and for a lock on a whole table (MariaDB: a day, MySQL: a year).
        # https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_lock_wait_timeout
        "lock_wait_timeout = 10",
    ]
)

# https://pymysql.readthedocs.io/en/latest/modules/connections.html
CONNECT: dict[str, Any] = {
    "connect_timeout": 5,  # seconds
    # Every character: "utf8" is three bytes only.
    # https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-utf8mb4.html
    "charset": "utf8mb4",
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
    # Reuse the warmest connection, so that surplus ones are idle, and the server may close them (wait_timeout).
    # https://docs.sqlalchemy.org/en/21/core/pooling.html#pool-use-lifo
    "pool_use_lifo": True,
}

# Idle seconds after which a connection is pinged before its next use. `pool_pre_ping=True` pings each
# time, which is one of the three or four round trips of a small unit of work. A server that goes away between two
# units of work within this time costs an error, as it does in the middle of one.
# https://github.com/brettwooldridge/HikariCP/wiki/Rapid-Recovery
IDLE = 0.5

# SQLAlchemy's own: https://docs.sqlalchemy.org/en/21/dialects/mysql.html#ssl-connections
TLS = {"ssl_ca", "ssl_capath", "ssl_cert", "ssl_check_hostname", "ssl_cipher", "ssl_key"}

# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
RETRYABLE = {
    1020,  # record has changed since last read (MariaDB's snapshot isolation)
    1205,  # lock wait timeout
    1213,  # deadlock
}
NO_SUCH_SAVEPOINT = 1305


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    if not url.database:
        return f"it names no database; it should look like {EXAMPLE}"
    unknown = {
        name
        for name in url.query.keys() - TLS
        for driver in DRIVERS  # asyncmy has fewer options than PyMySQL; `ssl` cannot be written in a URL
        if name == "ssl" or name not in signature(import_module(driver).Connection).parameters
    }
    options = ", ".join(sorted(unknown))
    return f"it has unknown options ({options}): remove them; for TLS write ssl_ca=FILE" if unknown else None


def resolve(url: URL) -> URL:
    """Return the URL as it is."""
    return url


def is_retryable(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction, so that this one can be retried."""
    return number_of(error) in RETRYABLE


def number_of(error: BaseException) -> Any:
    """Return the server's number of an error, or None; its SQLSTATE says less: HY000 for both 1205 and 1020."""
    return error.args[0] if error.args else None


class Dialect(CautiousDialect, MySQLDialect_pymysql):
    """Strict sessions in UTC with timeouts, and a COMMIT that raises after a statement failed, as on PostgreSQL.

    The server rolls back the failed statement, and after a deadlock the whole transaction. COMMIT would silently keep
    the rest, such as the earlier statements of an executemany().
    """

    supports_statement_cache = True
    # A cursor on the server needs the connection for itself: any other statement, such as that of a selectin load, ends
    # it without an error, and the rest of the rows is lost. The price: `yield_per` gets all rows into the driver.
    # https://docs.sqlalchemy.org/en/21/core/connections.html#using-server-side-cursors-a-k-a-stream-results
    supports_server_side_cursors: Any = False

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        if type(engine.dialect) is cls:  # it is called for the class that the URL names as well
            ping_idle_connections(engine)

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        return super().connect(*arguments, **(CONNECT | parameters))

    def on_connect(self) -> Any:
        prepare = super().on_connect()

        def connect(connection: Any) -> None:
            if prepare is not None:
                prepare(connection)
            cursor = connection.cursor()
            cursor.execute(f"SET {SESSION}")
            if self.read_only:
                # https://dev.mysql.com/doc/refman/8.4/en/set-transaction.html
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
            if self.statement_timeout is not None:
                # MariaDB cancels any statement, MySQL a SELECT alone. Each reads one of the comments, as SQL.
                # https://mariadb.com/docs/server/reference/sql-statements/comment-syntax
                # https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_max_execution_time
                seconds, milliseconds = f"{self.statement_timeout:f}", f"{self.statement_timeout * 1000:.0f}"
                mariadb_reads, mysql_reads = f"max_statement_time = {seconds}", f"max_execution_time = {milliseconds}"
                cursor.execute(f"SET /*M! {mariadb_reads} */ /*!80000 {mysql_reads} */")
            cursor.close()

        return connect

    def note_failure(self, context: ExceptionContext) -> None:
        # SQLAlchemy looks for a table by a statement that fails if the table does not exist.
        if not (context.statement or "").startswith(("DESCRIBE", "SHOW")):
            super().note_failure(context)

    def set_connection_execution_options(self, connection: Connection, opts: Mapping[str, Any]) -> None:
        super().set_connection_execution_options(connection, opts)
        if opts.get("skip_user_error_events"):
            # SQLAlchemy reads the columns of a table with this option, which it does not document. It stays on the
            # connection, and would hide failures from us.
            connection.execution_options(skip_user_error_events=False)

    def do_begin(self, dbapi_connection: Any) -> None:
        super().do_begin(dbapi_connection)
        notes(dbapi_connection)["is_open"] = True

    def do_commit(self, dbapi_connection: Any) -> None:
        super().do_commit(dbapi_connection)
        notes(dbapi_connection)["is_open"] = False

    def do_rollback(self, dbapi_connection: Any) -> None:
        # The pool rolls back each returned connection, which after a COMMIT wastes a round trip. The price: statements
        # that are sent through the driver's own connection after that COMMIT are not rolled back.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#reset-on-return
        if notes(dbapi_connection).pop("is_open", True):
            super().do_rollback(dbapi_connection)

    def do_rollback_to_savepoint(self, connection: Connection, name: str) -> None:
        is_undone = self.is_undone(connection.connection)
        try:
            super().do_rollback_to_savepoint(connection, name)
        except DBAPIError as error:
            # After a deadlock the server has rolled back the whole transaction, and this error would hide the first.
            # https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html
            if not is_undone or error.orig is None or number_of(error.orig) != NO_SUCH_SAVEPOINT:
                raise


class MariaDBDialect(mariadb.MariaDBDialect, Dialect):
    """The same for MariaDB."""

    supports_statement_cache = True

    def initialize(self, connection: Connection) -> None:
        try:
            super().initialize(connection)
        except InvalidRequestError as error:  # it is MySQL
            raise InvalidRequestError(f"{error} The URL should look like {EXAMPLE}") from None


registry.register(f"mysql.{NAME}", f"{NAME}.db.{{ cookiecutter.__dialect }}", "Dialect")
registry.register(f"mariadb.{NAME}", f"{NAME}.db.{{ cookiecutter.__dialect }}", "MariaDBDialect")


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
