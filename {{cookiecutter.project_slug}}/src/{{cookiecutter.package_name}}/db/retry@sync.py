"""Retry a unit of work after a serialization conflict or a lock timeout."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from . import dialect
from .session import SessionFactory, transaction

T = TypeVar("T")


def is_retryable(error: BaseException) -> bool:
    """Return whether another transaction was in the way, and nothing of this one is committed.

    True for serialization failures, deadlocks, lock timeouts, and a version that another unit of work changed
    first. Never true for a connection that broke: if that happened during COMMIT, nobody knows whether it took
    place, and a retry could do the work twice.
    """
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.orig is None:
        return False
    return dialect.is_retryable(error.orig)


def run_transaction(
    sessions: SessionFactory, work: Callable[[Session], T], *, attempts: int = 10, deadline: float = 60
) -> T:
    """Call `work(session)` in a unit of work of its own, and return its result after the commit.

    After a serialization conflict, a deadlock or a lock timeout, the whole of `work` is retried in a new
    session: up to `attempts` times, and not after `deadline` seconds. Then the last error is raised, as is any
    other error at once. So `work` reads what it changes, and does nothing that cannot be done twice: no
    e-mail, no HTTP call.
    """

    def unit() -> T:
        with transaction(sessions) as session:
            return work(session)

    retrying = Retrying(
        retry=retry_if_exception(is_retryable),
        # Full jitter: up to 20 ms, 40 ms, … 2 s, at random, so that conflicting units do not meet again.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait=wait_random_exponential(multiplier=0.02, max=2),
        stop=stop_after_attempt(attempts) | stop_after_delay(deadline),
        reraise=True,
    )
    return retrying(unit)
