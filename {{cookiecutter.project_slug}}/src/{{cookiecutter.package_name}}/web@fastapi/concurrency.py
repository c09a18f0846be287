"""A limit for concurrent requests: others wait for less than a second, and then get 503 with Retry-After.

Without it requests wait for a connection. Endpoints without `async` then occupy all 40 threads, and later requests
wait for a thread without a timeout; FastAPI's own `max_concurrency` has no timeout either.
"""

from asyncio import Semaphore, timeout
from random import uniform

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import BUSY, respond

# Seconds, at most; a client that has waited longer had better retry.
ACQUIRE_TIMEOUT = 0.7


class ConcurrencyLimit:
    """ASGI middleware in front of FastAPI, which makes waiting and refusals cheap; `/health/` is not limited.

    GET has slots of its own, as it has a pool: writers that wait for a lock do not keep readers out.
    """

    def __init__(self, app: ASGIApp, maximum: int) -> None:
        self.app = app
        self.reading = Semaphore(maximum)
        self.writing = Semaphore(maximum)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", "").rstrip("/"))
        if scope["type"] != "http" or path.startswith("/health/"):
            await self.app(scope, receive, send)
            return
        slots = self.reading if scope["method"] == "GET" else self.writing
        try:
            # At random: requests that arrive together would be refused together, and return together.
            async with timeout(ACQUIRE_TIMEOUT * uniform(0.6, 1)):  # noqa: S311 - no secret
                await slots.acquire()
        except TimeoutError:
            await respond(BUSY)(scope, receive, send)
        else:
            await self.serve(slots, scope, receive, send)

    async def serve(self, slots: Semaphore, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application respond. Its unit of work ends before the response starts, so streams are not counted."""
        is_working = True

        async def send_and_release(message: Message) -> None:
            nonlocal is_working
            if is_working:
                is_working = False
                slots.release()
            await send(message)

        try:
            await self.app(scope, receive, send_and_release)
        finally:
            if is_working:
                slots.release()
