"""The concurrency limit: so many requests use the database at once, others wait a moment, and then get a 503.

Without it they would wait for a connection, and endpoints that are functions would hold one of the 40 threads
meanwhile. Requests behind them would wait for a thread, without a response; FastAPI's own `max_concurrency` lets them
wait for ever.
"""

from asyncio import Semaphore, timeout
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Request

from .problems import BUSY, ProblemError

# Seconds; a client that has waited longer had better retry.
ACQUIRE_TIMEOUT = 1.0


@asynccontextmanager
async def limited(request: Request) -> AsyncGenerator[None]:
    """Wait for one of the `MAX_CONCURRENT_REQUESTS` slots; after ACQUIRE_TIMEOUT respond with 503."""
    slots: Semaphore = request.app.state.slots
    try:
        async with timeout(ACQUIRE_TIMEOUT if slots.locked() else None):
            await slots.acquire()
    except TimeoutError:
        raise ProblemError(BUSY) from None
    try:
        yield
    finally:
        slots.release()
