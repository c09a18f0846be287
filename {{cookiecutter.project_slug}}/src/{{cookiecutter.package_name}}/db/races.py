"""Which errors mean that a unit of work lost a race, and can simply be run again."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from . import dialect


def is_retryable(error: BaseException) -> bool:
    """Return whether another unit of work was in the way, and nothing of this one is committed.

    True for serialization failures, deadlocks, lock timeouts, and a version that another unit of
    work changed first. Never true for a connection that broke: if that happened during COMMIT,
    nobody knows whether it took place, and running the unit again could do it twice.
    """
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.orig is None:
        return False
    return dialect.lost_race(error.orig)
