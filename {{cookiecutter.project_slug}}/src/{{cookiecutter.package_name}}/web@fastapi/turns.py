"""Requests take turns at the database: so many at once, others wait a moment, and are then told to come back.

Without it they would wait for a connection, and where endpoints are functions each would hold one of the 40 threads
meanwhile; those behind them wait for a thread, and nobody tells them anything. FastAPI's own `max_concurrency` lets
them wait for ever.
"""

from asyncio import Semaphore, timeout
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Request

from .problems import BUSY, ProblemError

# Seconds; a client that has waited longer does better to come back.
PATIENCE = 1.0


async def take_turn(request: Request) -> AsyncGenerator[None]:
    """Wait until fewer than `limits.AT_ONCE` other requests use the database; after PATIENCE the answer is 503."""
    turns: Semaphore = request.app.state.turns
    try:
        async with timeout(PATIENCE):
            await turns.acquire()
    except TimeoutError:
        raise ProblemError(BUSY) from None
    try:
        yield
    finally:
        turns.release()


Turn = Annotated[None, Depends(take_turn, scope="function")]
