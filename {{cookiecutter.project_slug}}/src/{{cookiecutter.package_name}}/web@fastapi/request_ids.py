"""Each request has an id: the caller's X-Request-ID, or a new one. It is in the response, and in the log."""

import re
import uuid
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
# What may be copied into a log as it is.
ACCEPTED = re.compile(r"[\w.:-]{1,64}", re.ASCII)

# The id of the request that is being answered, also in the threads that answer it.
request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIds:
    """The middleware: plain ASGI, so that a request stays one task, with one context.

    https://www.starlette.io/middleware/#limitations
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        # Not set back at the end: the server logs an error after it, in the same task, which ends with the request.
        own = given if ACCEPTED.fullmatch(given) else uuid.uuid4().hex
        request_id.set(own)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER.lower().encode(), own.encode())]
            await send(message)

        await self.app(scope, receive, send_with_id)
