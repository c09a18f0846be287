"""A graceful stop: readiness turns 503 first, for a moment, and then the server finishes its requests and stops."""

import asyncio
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from fastapi import FastAPI


@contextmanager
def unready_before_stop(app: FastAPI, delay: float) -> Generator[None]:
    """Let SIGTERM wait for `delay` seconds, in which `app.state.is_stopping` tells load balancers to send no more.

    Then the handler of the server, such as uvicorn's, stops it. Where there is none this changes nothing.
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
