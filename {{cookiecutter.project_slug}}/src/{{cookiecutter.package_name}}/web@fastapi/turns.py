"""Requests take turns at the database: so many at once, others wait a moment, and are then told to come back.

Without it they would wait for a connection, and where endpoints are functions each would hold one of the 40 threads
meanwhile; those behind them wait for a thread, and nobody tells them anything. FastAPI's own `max_concurrency` lets
them wait for ever.
"""

from asyncio import Semaphore, timeout
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Request

from .problems import BUSY, ProblemError

# Seconds; a client that has waited longer does better to come back.
PATIENCE = 1.0


@asynccontextmanager
async def turn(request: Request) -> AsyncGenerator[None]:
    """Wait until fewer than `limits.AT_ONCE` other requests use the database; after PATIENCE the answer is 503."""
    turns: Semaphore = request.app.state.turns
    try:
        async with timeout(PATIENCE if turns.locked() else None):
            await turns.acquire()
    except TimeoutError:
        raise ProblemError(BUSY) from None
    try:
        yield
    finally:
        turns.release()
