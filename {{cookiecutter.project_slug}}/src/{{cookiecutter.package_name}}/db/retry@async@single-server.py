"""Run a unit of work again when the database says that it lost a race."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from .races import is_retryable
from .session import SessionFactory, transaction

T = TypeVar("T")


async def run_transaction(
    sessions: SessionFactory, work: Callable[[AsyncSession], Awaitable[T]], *, attempts: int = 10
) -> T:
    """Call `work(session)` in a unit of work of its own, and return its result after the commit.

    After a lost race the whole of `work` runs again, in a new session, up to `attempts` times; then
    the last error is raised, as is any other error at once. So `work` reads what it changes, and does
    nothing that cannot be done twice: no e-mail, no HTTP call.
    """

    async def unit() -> T:
        async with transaction(sessions) as session:
            return await work(session)

    retrying = AsyncRetrying(
        retry=retry_if_exception(is_retryable),
        # Full jitter: up to 20 ms, 40 ms, … 2 s, at random, so that the losers do not meet again.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait=wait_random_exponential(multiplier=0.02, max=2),
        stop=stop_after_attempt(attempts),
        reraise=True,
    )
    return await retrying(unit)
