"""A COMMIT that would keep nothing, or half of a unit of work, is an error."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.pool import PoolProxiedConnection

LOST = (
    "nothing was committed: a statement failed inside the unit of work, and its error was caught; "
    "put the statement that may fail into session.begin_nested()"
)


def refuse_lost_commits(engine: Engine, is_undone: Callable[[PoolProxiedConnection], bool]) -> None:
    """Raise PendingRollbackError where a transaction commits of which `is_undone` says that it is gone.

    It may be, once code has caught an error of the database, and no database says so at COMMIT: PostgreSQL
    answers with ROLLBACK, and the others commit what came after the error.
    """
    commit = engine.dialect.do_commit

    def do_commit(dbapi_connection: PoolProxiedConnection) -> None:
        if is_undone(dbapi_connection):
            raise PendingRollbackError(LOST)
        commit(dbapi_connection)

    # What SQLAlchemy's own dialects override. A listener for "commit" would see the same, but an engine with
    # any listener looks for more of them all the time, which is a tenth of a small unit of work.
    # https://docs.sqlalchemy.org/en/21/core/internals.html#sqlalchemy.engine.Dialect.do_commit
    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]


def driver_of(connection: Any) -> Any:
    """Return the driver's own connection, of one that was detached from its pool too: its `driver_connection` is None.

    https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Connection.detach
    """
    dbapi_connection = getattr(connection, "dbapi_connection", connection)
    return getattr(dbapi_connection, "driver_connection", dbapi_connection)
