"""Send requests over keep-alive connections, as cheaply as Python can, and time each of them."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import uvloop

# Seconds to wait for the last responses.
PATIENCE = 10


def request_of(method: str, path: str, body: object = None, if_match: str = "") -> bytes:
    """Return the bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    if if_match:
        head += f"If-Match: {if_match}\r\n"
    return head.encode() + b"\r\n" + content


@dataclass
class Answers:
    """The responses: seconds by status, and the responses that were no HTTP or never came."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    last: bytes = b""
    took: float = 0

    @property
    def statuses(self) -> dict[int, int]:
        """The number of responses of each status."""
        return {status: len(own) for status, own in sorted(self.seconds.items())}

    def percentile(self, share: float, *statuses: int) -> float:
        """Return the seconds within which this share of the responses came, of all statuses or of some."""
        found = sorted(
            value for status, own in self.seconds.items() if not statuses or status in statuses for value in own
        )
        return found[min(int(len(found) * share), len(found) - 1)] if found else float("nan")


class Connection(asyncio.Protocol):
    """One connection: it sends the next request when it has the response to the one before."""

    def __init__(self, requests: Iterator[bytes], answers: Answers, until: float) -> None:
        self.requests, self.answers, self.until = requests, answers, until
        self.buffer, self.sent = b"", 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:  # uvloop's is none of asyncio's classes
        self.transport = transport
        self.send()

    def send(self) -> None:
        request = next(self.requests, None) if perf_counter() < self.until else None
        if request is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.sent = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        lower = head.lower()
        _, found, length = lower.partition(b"\r\ncontent-length: ")
        if found and len(body) < int(length.partition(b"\r\n")[0]):
            return
        status = int(head[9:12])
        self.answers.seconds.setdefault(status, []).append(perf_counter() - self.sent)
        self.answers.without_retry_after += status == 503 and b"\r\nretry-after: " not in lower
        self.answers.last, self.buffer = body, b""
        if b"\r\nconnection: close" in lower:
            return  # and connection_lost() follows
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.answers.broken[type(error).__name__] += 1
            self.done.set_result(None)


async def load(port: int, requests: Iterator[bytes], connections: int, seconds: float = 60) -> Answers:
    """Send requests until there are none, or the time is over."""
    loop, answers = asyncio.get_running_loop(), Answers()
    start = perf_counter()
    made = [
        loop.create_connection(lambda: Connection(requests, answers, start + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    waiting = []
    for opened in await asyncio.gather(*made, return_exceptions=True):
        if isinstance(opened, BaseException):
            answers.broken[type(opened).__name__] += 1
        else:
            waiting.append(opened[1].done)
    if waiting:
        _, late = await asyncio.wait(waiting, timeout=seconds + PATIENCE)
        answers.broken["late"] += len(late)
    answers.took = perf_counter() - start
    return answers


def send(port: int, requests: Iterator[bytes], connections: int, seconds: float = 60) -> Answers:
    """Do so in an event loop of its own."""
    return uvloop.run(load(port, requests, connections, seconds))
