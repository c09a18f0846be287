"""Retry a unit of work after a serialization conflict or a lock timeout."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from . import dialect
from .errors import CHANGES, is_committed
from .session import SessionFactory, transaction

T = TypeVar("T")


def is_retryable(error: BaseException) -> bool:
    """Return whether the error is a conflict with another transaction, and nothing of this one is committed.

    True for serialization failures, deadlocks, lock timeouts and stale versions. False for a connection that
    broke: it may have been during COMMIT, and a retry could do the work twice.
    """
    if is_committed(error):
        return False
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.orig is None:
        return False
    return dialect.is_retryable(error.orig)


def run_transaction(
    sessions: SessionFactory, work: Callable[[Session], T], *, attempts: int = 10, deadline: float = 60
) -> T:
    """Call `work(session)` in its own unit of work, and return its result after the commit.

    After a serialization conflict, a deadlock, a lock timeout or a stale version, the whole of `work` is retried
    in a new session, up to `attempts` times within `deadline` seconds. Then the last error is raised; any other
    error is raised at once. So `work` reads what it changes, and does nothing that cannot be done twice: no
    e-mail, no HTTP call. Raises InvalidRequestError if a retry would lose a change that was made before it.
    """
    changes: dict[int, Any] = {}

    def unit() -> T:
        with transaction(sessions) as session:
            session.info[CHANGES] = changes
            return work(session)

    retrying = Retrying(
        retry=retry_if_exception(is_retryable),
        # Full jitter: random waits of up to 20 ms, 40 ms, … 2 s, so that conflicting units do not meet again.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait=wait_random_exponential(multiplier=0.02, max=2),
        stop=stop_after_attempt(attempts) | stop_after_delay(deadline),
        reraise=True,
    )
    return retrying(unit)
