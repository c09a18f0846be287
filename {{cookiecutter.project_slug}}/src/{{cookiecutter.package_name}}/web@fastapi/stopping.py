"""Graceful shutdown: readiness returns 503 for a moment; then the server finishes its requests and stops."""

import asyncio
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from fastapi import FastAPI


@contextmanager
def unready_before_stop(app: FastAPI, delay: float) -> Generator[None]:
    """Delay SIGTERM by `delay` seconds, in which `app.state.is_stopping` makes load balancers send no more requests.

    Then the server's own handler, such as uvicorn's, stops it. Without such a handler this does nothing.
    """
    stop = signal.getsignal(signal.SIGTERM)
    # https://docs.python.org/3/library/signal.html#signals-and-threads
    if not callable(stop) or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def announce(number: int, frame: FrameType | None) -> None:
        app.state.is_stopping = True
        loop.call_soon_threadsafe(loop.call_later, delay, stop, number, frame)

    signal.signal(signal.SIGTERM, announce)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, stop)
