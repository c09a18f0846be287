"""Run a unit of work until it is committed, once, whatever the cluster does meanwhile."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from . import ledger
from .progress import OutcomeUnknown, Phase, Progress, UnconfirmedError
from .session import SessionFactory, transaction

__all__ = ["OutcomeUnknown", "run_transaction"]

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
    """Call `work(session)` in a unit of work of its own, and return its result after the commit.

    After a lost race, and after a node that failed, the whole of `work` runs again, in a new session: for
    `deadline` seconds, in which a cluster finds itself a new writer, and up to `attempts` times. Then the
    last error is raised, as is at once any error that another attempt would not mend. So `work` reads what
    it changes, and does nothing that cannot be done twice: no e-mail, no HTTP call.

    A connection that breaks during COMMIT leaves open whether it took place. An `idempotency_key` settles it: a name for
    this piece of work that the caller has, such as the id of a request or of a message. It is committed with
    the work, so neither another attempt nor a later call does the work again: they get the first result,
    which must be one that JSON keeps. ValueError if it can be no key; see `ledger`.

    An attempt that lasts longer than `attempt_timeout` seconds counts as one whose node failed: a driver may
    wait for a frozen one for ever, and may take 10 seconds more to give up. Longer work needs a longer one.

    Raises OutcomeUnknown where the unit may be committed and nobody can tell: at once without a key, after
    the deadline with one. To ask again with the same key is safe.
    """
    if idempotency_key is not None:
        ledger.claimed(idempotency_key)  # a ValueError now, and not at the first attempt
    progress = Progress(has_key=idempotency_key is not None)

    async def unit() -> T:
        if idempotency_key is None:
            return await attempt()
        if not progress.is_applied:
            try:
                return await attempt()
            except IntegrityError:
                if progress.phase is not Phase.CLAIM:
                    raise
                progress.is_applied = True
        return await confirm(idempotency_key)

    async def attempt() -> T:
        progress.phase = Phase.BEGIN
        async with asyncio.timeout(attempt_timeout), transaction(sessions) as session:
            if idempotency_key is not None:
                progress.phase = Phase.CLAIM
                await session.execute(ledger.claimed(idempotency_key))
            progress.phase = Phase.WORK
            result = await work(session)
            await session.flush()
            if idempotency_key is not None and result is not None:
                await session.execute(ledger.returned(idempotency_key, result))
            progress.phase = Phase.COMMIT
        return result

    async def confirm(idempotency_key: str) -> T:
        """Return the result of the attempt that committed, with a change behind it that is committed now."""
        progress.phase = Phase.BEGIN
        async with asyncio.timeout(attempt_timeout), transaction(sessions) as session:
            changed: Any = await session.execute(ledger.confirmed(idempotency_key))
            if changed.rowcount != 1:
                raise UnconfirmedError
            result: T = (await session.scalars(ledger.result_of(idempotency_key))).one()
            progress.phase = Phase.COMMIT
        return result

    retrying = AsyncRetrying(
        retry=retry_if_exception(progress.goes_on_after),
        # Full jitter: up to 20 ms, 40 ms, … 2 s, at random, so that the losers do not meet again.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait=wait_random_exponential(multiplier=0.02, max=2),
        stop=stop_after_delay(deadline) | stop_after_attempt(attempts),
        reraise=True,
    )
    try:
        return await retrying(unit)
    except Exception as error:
        if progress.may_be_committed:
            raise OutcomeUnknown("a COMMIT was sent, and whether it took place is not known") from error
        raise
