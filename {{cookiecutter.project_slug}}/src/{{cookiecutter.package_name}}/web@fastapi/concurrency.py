"""A concurrency limit: a process works on so many requests at once; others wait a moment, and are then refused.

Without it they would wait for a connection, and where endpoints are functions each would hold one of the 40 threads
meanwhile; those behind them wait for a thread, and nobody tells them anything. FastAPI's own `max_concurrency` lets
them wait for ever.
"""

from asyncio import Future, get_running_loop
from collections import deque
from random import uniform

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import BUSY, respond

# Seconds, at most; a client that has waited longer does better to come back.
ACQUIRE_TIMEOUT = 1.0


class ConcurrencyLimit:
    """The middleware: plain ASGI in front of FastAPI, so that waiting and refusing cost next to nothing.

    Requests for `/health/` do not wait.
    """

    def __init__(self, app: ASGIApp, maximum: int) -> None:
        self.app = app
        self.free = maximum
        self.waiting: deque[Future[bool]] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self.app(scope, receive, send)
        elif await self.is_admitted():
            await self.answer(scope, receive, send)
        else:
            await respond(BUSY)(scope, receive, send)

    async def is_admitted(self) -> bool:
        """Wait until the process works on fewer than `maximum` requests; return False if that takes too long."""
        if self.free:
            self.free -= 1
            return True
        loop = get_running_loop()
        turn: Future[bool] = loop.create_future()
        self.waiting.append(turn)
        # Not all at once: those that came together would be refused together, and be back together.
        patience = ACQUIRE_TIMEOUT * uniform(0.5, 1)  # noqa: S311 - no secret
        timer = loop.call_later(patience, self.refuse, turn)
        try:
            return await turn
        except BaseException:  # the server stops
            if turn.done() and not turn.cancelled() and turn.result():
                self.release()
            raise
        finally:
            timer.cancel()

    def refuse(self, turn: Future[bool]) -> None:
        """End the wait of a request."""
        if not turn.done():
            turn.set_result(False)
        while self.waiting and self.waiting[0].done():  # no more than a second of them is kept
            self.waiting.popleft()

    def release(self) -> None:
        """Admit the request that has waited longest, or none."""
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():  # neither refused nor cancelled
                turn.set_result(True)
                return
        self.free += 1

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application respond. Its unit of work has ended when the response starts: a stream is not counted."""
        is_working = True

        async def send_and_release(message: Message) -> None:
            nonlocal is_working
            if is_working:
                is_working = False
                self.release()
            await send(message)

        try:
            await self.app(scope, receive, send_and_release)
        finally:
            if is_working:
                self.release()
