"""Request ids: the X-Request-ID of the caller, or a new one, in the response and in the log."""

import re
from contextvars import ContextVar
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
NAME = HEADER.lower().encode()  # as ASGI has it
# Ids that may be copied into a log.
ACCEPTED = re.compile(rb"[\w.:-]{1,64}")

# The id of the current request, also in its threads.
request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIds:
    """Middleware that sets the request id: plain ASGI, so that a request stays in one task and one context.

    https://www.starlette.io/middleware/#limitations
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(NAME, b"")
        # Not reset at the end: the server logs an error later, in the same task, which ends with the request.
        own = given if ACCEPTED.fullmatch(given) else token_hex(16).encode()
        request_id.set(own.decode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (NAME, own)]
            await send(message)

        await self.app(scope, receive, send_with_id)
