"""Everything that is special about MySQL and MariaDB: driver, connection, lost races."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, PoolResetState

from .commits import refuse_lost_commits
from .pinging import ping_idle_connections

# The names that a URL may begin with, and what SQLAlchemy calls them. Write mariadb:// for
# MariaDB: offline migrations (`--sql`) then speak its dialect without asking the server.
BACKENDS = {"mysql": "mysql", "mariadb": "mariadb"}
DRIVER = "{{ cookiecutter.__driver }}"
BLOCKING_DRIVER = "pymysql"  # for migrations, which are blocking code
EXAMPLE_URL = "{{ cookiecutter.__url }}"

# Settings of every session.
SESSION = ", ".join(
    [
        # NOW() and TIMESTAMP columns mean UTC, whatever the server's zone is.
        # https://dev.mysql.com/doc/refman/8.4/en/time-zone-support.html
        "time_zone = '+00:00'",
        # Too long a text or too large a number is an error, on every storage engine, instead of
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

# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
LOST_RACES = {
    1020,  # record has changed since last read (MariaDB's snapshot isolation)
    1205,  # lock wait timeout
    1213,  # deadlock
}
# Of these, the ones after which the server has undone the whole transaction and not the statement alone.
# https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html
UNDOING = {1020, 1213}


def problem(url: URL) -> str | None:
    """Return what is wrong with a URL, or None."""
    return None if url.database else f"it names no database; it should look like {EXAMPLE_URL}"


def resolve(url: URL) -> URL:
    """Return the URL as it is."""
    return url


def engine_options(url: URL) -> dict[str, Any]:
    """Return the arguments of create_engine() that are special to a server, and to this one."""
    connect_args: dict[str, Any] = {
        # Seconds. https://pymysql.readthedocs.io/en/latest/modules/connections.html
        "connect_timeout": 5,
        # Every character: "utf8" is three bytes only.
        # https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-utf8mb4.html
        "charset": "utf8mb4",
        "init_command": f"SET {SESSION}",
    }
    return {
        # `configure` rolls back instead, where there is something to roll back.
        "pool_reset_on_return": None,
        # Seconds: connections are replaced before firewalls and servers drop them silently.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#setting-pool-recycle
        "pool_recycle": 1800,
        # Seconds to wait for a free connection; then an error that can be answered with "busy".
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#sqlalchemy.pool.QueuePool.params.timeout
        "pool_timeout": 10,
        # Reuse the warmest connection, so that surplus ones become idle and are recycled.
        # https://docs.sqlalchemy.org/en/21/core/pooling.html#pool-use-lifo
        "pool_use_lifo": True,
        # What the URL says itself wins.
        "connect_args": {name: value for name, value in connect_args.items() if name not in url.query},
    }


def configure(engine: Engine) -> None:
    """Refuse to commit half a unit of work, and spend no round trip on what nobody needs."""
    refuse_lost_commits(engine, is_undone)
    roll_back_what_is_open(engine)
    ping_idle_connections(engine)

    @event.listens_for(engine, "handle_error")
    def note_undone(context: ExceptionContext) -> None:
        if context.connection is not None and number_of(context.original_exception) in UNDOING:
            context.connection.info["undone"] = True


def roll_back_what_is_open(engine: Engine) -> None:
    """Roll back a connection that comes back to the pool, unless a COMMIT was the last thing on it.

    The pool does it always, for one round trip more after each COMMIT. Who uses the driver's own connection after
    a COMMIT, without SQLAlchemy, ends its transaction there too.
    https://docs.sqlalchemy.org/en/21/core/pooling.html#custom-reset-on-return-schemes
    """
    commit = engine.dialect.do_commit

    def do_begin(dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.info.update(open=True, undone=False)

    def do_commit(dbapi_connection: PoolProxiedConnection) -> None:
        commit(dbapi_connection)
        dbapi_connection.info["open"] = False

    engine.dialect.do_begin = do_begin  # type: ignore[method-assign]
    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]

    @event.listens_for(engine, "reset")
    def reset(connection: DBAPIConnection, record: ConnectionPoolEntry | None, state: PoolResetState) -> None:
        was_open = record is None or record.info.pop("open", True)
        if was_open and state.asyncio_safe and not state.transaction_was_reset:
            connection.rollback()


def read_only(engine: Engine) -> Engine:
    """Return the same engine for sessions in which the server refuses to write."""
    reading = engine.execution_options()

    @event.listens_for(reading, "begin")
    def begin(connection: Connection) -> None:
        # for the next transaction, which begins with the next statement
        # https://dev.mysql.com/doc/refman/8.4/en/set-transaction.html
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    return reading


def is_undone(connection: PoolProxiedConnection) -> bool:
    """Return whether the server undid this transaction, and began another one with the statement after that."""
    return bool(connection.info.get("undone"))


def lost_race(error: BaseException) -> bool:
    """Return whether another transaction was in the way, so that this one can be rolled back and run again."""
    return number_of(error) in LOST_RACES


def number_of(error: BaseException) -> Any:
    """Return the server's number of an error, or None; its SQLSTATE says less: HY000 for both 1205 and 1020."""
    return error.args[0] if error.args else None
