"""Retry a unit of work until it is committed exactly once, also when a node fails."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from .cluster import idempotency
from .cluster.progress import OutcomeUnknown, Phase, Progress, UnconfirmedError, is_retryable
from .errors import CHANGES
from .session import SessionFactory, transaction

__all__ = ["OutcomeUnknown", "is_retryable", "run_transaction"]

T = TypeVar("T")


async def run_transaction(
    sessions: SessionFactory,
    work: Callable[[AsyncSession], Awaitable[T]],
    *,
    idempotency_key: str | None = None,
    deadline: float = 60,
    attempt_timeout: float = 12,
    attempts: int = sys.maxsize,
) -> T:
    """Call `work(session)` in its own transaction, and return its result after the commit.

    After a serialization conflict, a lock timeout or the failure of a node, the whole of `work` is retried in a new
    session, up to `attempts` times within `deadline` seconds. A cluster elects a new writer in that time. Then the
    last error is raised; any other error is raised at once. So `work` reads what it changes, and does nothing
    that cannot be done twice: no e-mail, no HTTP call. Raises InvalidRequestError if a retry would lose a change that
    was made before it.

    If the connection breaks during COMMIT, the outcome is unknown. An `idempotency_key` resolves this: the caller's
    name for this piece of work, such as the id of a request or of a message. It is committed with the work, so a
    retry or a later call returns the first result instead of doing the work again. JSON has to be able to store the
    result. Raises ValueError for an invalid key.

    An attempt of more than `attempt_timeout` seconds counts as the failure of a node, because a driver may wait for
    ever for a frozen one; giving up may take it 10 seconds more. Longer work needs a longer timeout.

    Raises OutcomeUnknown if a COMMIT was sent and not acknowledged: at once without a key; with one, if no later
    attempt succeeds. Calling again with the same key is safe.
    """
    if idempotency_key is not None:
        idempotency.claim(idempotency_key)  # raises ValueError before the first attempt
    progress = Progress(has_key=idempotency_key is not None)

    changes: dict[int, Any] = {}

    async def unit() -> T:
        if idempotency_key is None:
            return await attempt()
        if not progress.is_recorded:
            try:
                return await attempt()
            except IntegrityError:
                if progress.phase is not Phase.CLAIM:
                    raise
                progress.is_recorded = True
        return await confirm(idempotency_key)

    async def attempt() -> T:
        progress.phase = Phase.BEGIN
        async with asyncio.timeout(attempt_timeout), transaction(sessions) as session:
            session.info[CHANGES] = changes
            if idempotency_key is not None:
                progress.phase = Phase.CLAIM
                await session.execute(idempotency.claim(idempotency_key))
            progress.phase = Phase.WORK
            result = await work(session)
            await session.flush()
            if idempotency_key is not None and result is not None:
                await session.execute(idempotency.store_result(idempotency_key, result))
            progress.phase = Phase.COMMIT
        return result

    async def confirm(idempotency_key: str) -> T:
        """Return the stored result, after a COMMIT that proves that it is replicated."""
        progress.phase = Phase.BEGIN
        async with asyncio.timeout(attempt_timeout), transaction(sessions) as session:
            changed: Any = await session.execute(idempotency.confirm(idempotency_key))
            if changed.rowcount != 1:
                raise UnconfirmedError
            result: T = (await session.scalars(idempotency.stored_result(idempotency_key))).one()
            progress.phase = Phase.COMMIT
        return result

    retrying = AsyncRetrying(
        retry=retry_if_exception(progress.goes_on_after),
        # Full jitter: random waits of up to 20 ms, 40 ms, … 2 s, so that conflicting units do not meet again.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait=wait_random_exponential(multiplier=0.02, max=2),
        stop=stop_after_delay(deadline) | stop_after_attempt(attempts),
        reraise=True,
    )
    try:
        return await retrying(unit)
    except Exception as error:
        if progress.may_be_committed:
            raise OutcomeUnknown(
                "a COMMIT was sent and not acknowledged, so the transaction may be committed or not"
            ) from error
        raise
