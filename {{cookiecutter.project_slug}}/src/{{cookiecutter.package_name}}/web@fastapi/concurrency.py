"""A limit for concurrent requests: others wait for less than a second, and then get 503 with Retry-After.

Without it requests wait for a connection. Endpoints without `async` then occupy all 40 threads, and later requests
wait for a thread without a timeout; FastAPI's own `max_concurrency` has no timeout either.
"""

from asyncio import Future, get_running_loop
from collections import deque
from random import uniform

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import BUSY, respond

# Seconds, at most; a client that has waited longer had better retry.
ACQUIRE_TIMEOUT = 0.7


class Slots:
    """Requests that are served at once, and those that wait for a slot."""

    def __init__(self, maximum: int) -> None:
        self.free = maximum
        self.waiting: deque[Future[bool]] = deque()

    async def is_admitted(self) -> bool:
        """Wait for a slot; return False if that takes too long."""
        if self.free:
            self.free -= 1
            return True
        loop = get_running_loop()
        slot: Future[bool] = loop.create_future()
        self.waiting.append(slot)
        # At random: requests that arrive together would be refused together, and return together.
        longest = ACQUIRE_TIMEOUT * uniform(0.6, 1)  # noqa: S311 - no secret
        timer = loop.call_later(longest, self.refuse, slot)
        try:
            return await slot
        except BaseException:  # the server stops
            if slot.done() and not slot.cancelled() and slot.result():
                self.release()
            raise
        finally:
            timer.cancel()

    def refuse(self, slot: Future[bool]) -> None:
        """End the wait of a request."""
        if not slot.done():
            slot.set_result(False)
        while self.waiting and self.waiting[0].done():  # refused ones, which would pile up
            self.waiting.popleft()

    def release(self) -> None:
        """Admit the request that has waited longest, or none."""
        while self.waiting:
            slot = self.waiting.popleft()
            if not slot.done():  # neither refused nor cancelled
                slot.set_result(True)
                return
        self.free += 1


class ConcurrencyLimit:
    """ASGI middleware in front of FastAPI, which makes waiting and refusals cheap; `/health/` is not limited.

    GET has slots of its own, as it has a pool: writers that wait for a lock do not keep readers out.
    """

    def __init__(self, app: ASGIApp, maximum: int) -> None:
        self.app = app
        self.reading = Slots(maximum)
        self.writing = Slots(maximum)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", "").rstrip("/"))
        if scope["type"] != "http" or path.startswith("/health/"):
            await self.app(scope, receive, send)
            return
        slots = self.reading if scope["method"] == "GET" else self.writing
        if await slots.is_admitted():
            await self.serve(slots, scope, receive, send)
        else:
            await respond(BUSY)(scope, receive, send)

    async def serve(self, slots: Slots, scope: Scope, receive: Receive, send: Send) -> None:
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
