"""A COMMIT that would keep nothing, or half of a unit of work, is an error."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import PendingRollbackError

LOST = (
    "nothing was committed: a statement failed inside the unit of work, and its error was caught; "
    "put the statement that may fail into session.begin_nested()"
)


def refuse_lost_commits(engine: Engine, is_undone: Callable[[Connection], bool]) -> None:
    """Raise PendingRollbackError where a transaction commits of which `is_undone` says that it is gone.

    It may be, once code has caught an error of the database, and no database says so at COMMIT: PostgreSQL
    answers with ROLLBACK, and the others commit what came after the error.
    """

    @event.listens_for(engine, "commit")
    def commit(connection: Connection) -> None:
        if is_undone(connection):
            raise PendingRollbackError(LOST)
