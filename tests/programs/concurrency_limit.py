"""The concurrency limit of a web application, beside the application that it protects."""
# mypy: disable-error-code="import-not-found"

import asyncio
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

import pytest
from my_project.web import concurrency
from my_project.web.concurrency import ConcurrencyLimit

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b""}


class Application:
    """An application whose responses start, end or fail when a test says so, and what clients got of it."""

    def __init__(self) -> None:
        self.limit = ConcurrencyLimit(self, maximum=1)
        self.begun: list[str] = []
        self.events: dict[str, asyncio.Event] = {}
        self.statuses: dict[str, int] = {}

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        name = scope["path"]
        self.begun.append(name)
        await self.event(name).wait()
        if name == "/broken":
            raise ZeroDivisionError
        await send(START)
        if name == "/stream":
            await self.event("end of the stream").wait()
        await send(END)

    def event(self, name: str) -> asyncio.Event:
        """Return the event for which a request waits."""
        return self.events.setdefault(name, asyncio.Event())

    async def request(self, name: str) -> asyncio.Task[None]:
        """Send a request, and let it come as far as it can."""

        async def send(message: dict[str, Any]) -> None:
            if "status" in message:
                self.statuses[name] = message["status"]

        method = "POST" if name.startswith("/new") else "GET"
        root_path = "/api" if name.startswith("/api") else ""
        scope = {"type": "http", "method": method, "path": name, "root_path": root_path}
        task = asyncio.create_task(self.limit(scope, None, send))
        await asyncio.sleep(0.01)
        return task

    async def free_slots(self) -> int:
        """Return how many of three new requests begin at once; they never end."""
        before = len(self.begun)
        for number in range(3):
            await self.request(f"/last/{number}")
        return len(self.begun) - before

    async def let(self, name: str) -> None:
        """Let a request go on."""
        self.event(name).set()
        await asyncio.sleep(0.01)


def run(story: Callable[[Application], Coroutine[Any, Any, None]]) -> None:
    """Tell a story in an event loop of its own."""
    asyncio.run(story(Application()))


def test_requests_beyond_the_limit_are_admitted_in_the_order_of_their_arrival() -> None:
    async def story(app: Application) -> None:
        for name in ("/a", "/b", "/c"):
            await app.request(name)
        assert app.begun == ["/a"]
        await app.let("/a")
        assert app.begun == ["/a", "/b"]
        await app.let("/b")
        assert app.begun == ["/a", "/b", "/c"]

    run(story)


def test_health_checks_are_not_limited() -> None:
    async def story(app: Application) -> None:
        await app.request("/a")
        await app.request("/health/ready")
        await app.request("/api/health/ready")  # behind a proxy, with `--root-path /api`
        assert app.begun == ["/a", "/health/ready", "/api/health/ready"]

    run(story)


def test_writers_do_not_keep_readers_out_nor_readers_writers() -> None:
    async def story(app: Application) -> None:
        for name in ("/new/a", "/new/b", "/a", "/b"):
            await app.request(name)
        assert app.begun == ["/new/a", "/a"]
        await app.let("/new/a")
        await app.let("/a")
        assert app.begun == ["/new/a", "/a", "/new/b", "/b"]

    run(story)


def test_a_response_that_has_started_is_not_counted() -> None:
    async def story(app: Application) -> None:
        stream = await app.request("/stream")
        await app.request("/b")
        await app.let("/stream")
        assert (app.begun, stream.done()) == (["/stream", "/b"], False)
        await app.let("end of the stream")
        assert stream.done()
        await app.let("/b")
        assert await app.free_slots() == 1  # freed once

    run(story)


def test_a_request_that_fails_leaves_its_place_to_the_next() -> None:
    async def story(app: Application) -> None:
        broken = await app.request("/broken")
        await app.request("/b")
        await app.let("/broken")
        assert isinstance(broken.exception(), ZeroDivisionError)
        assert app.begun == ["/broken", "/b"]

    run(story)


def test_a_request_that_waits_too_long_gets_503_and_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "ACQUIRE_TIMEOUT", 0.05)

    async def story(app: Application) -> None:
        await app.request("/a")
        refused = await app.request("/b")
        await refused
        await app.let("/a")
        assert (app.statuses, app.begun) == ({"/a": 200, "/b": 503}, ["/a"])
        assert await app.free_slots() == 1

    run(story)


def test_a_request_whose_wait_ends_when_it_is_admitted_leaves_its_slot_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrency, "ACQUIRE_TIMEOUT", 0.1)

    async def story(app: Application) -> None:
        await app.request("/a")
        await app.request("/b")
        monkeypatch.setattr(concurrency, "ACQUIRE_TIMEOUT", 60)
        await app.request("/c")
        app.event("/a").set()
        time.sleep(0.2)  # so that one iteration of the event loop ends /a, and the wait of /b
        await asyncio.sleep(0.01)
        assert (app.statuses, app.begun) == ({"/a": 200, "/b": 503}, ["/a", "/c"])
        await app.let("/c")
        assert await app.free_slots() == 1

    run(story)


def test_no_slot_is_lost_or_added_in_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "ACQUIRE_TIMEOUT", 0.02)
    random = Random(1)  # noqa: S311 - no secret

    async def story(app: Application) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        for number in range(100):
            tasks[f"/{number}"] = await app.request(f"/{number}")
            working = [name for name in app.begun if not tasks[name].done()]
            assert len(working) <= 1
            if working and random.random() < 0.6:
                app.event(working[0]).set()
            if random.random() < 0.3:
                random.choice([*tasks.values()]).cancel()
        for name in tasks:
            app.event(name).set()
        await asyncio.wait(tasks.values())
        assert {task.cancelled() for task in tasks.values()} == {True, False}
        assert {*app.statuses.values()} == {200, 503}
        assert await app.free_slots() == 1

    run(story)


def test_requests_that_arrive_together_are_not_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "ACQUIRE_TIMEOUT", 0.5)

    async def story(app: Application) -> None:
        await app.request("/a")
        begin = asyncio.get_running_loop().time()
        ends: list[float] = []
        for number in range(20):
            task = await app.request(f"/{number}")
            task.add_done_callback(lambda _: ends.append(asyncio.get_running_loop().time() - begin))
        await asyncio.sleep(0.8)
        assert len(ends) == 20
        assert min(ends) > 0.15
        assert max(ends) - min(ends) > 0.1

    run(story)


@pytest.mark.parametrize("is_admitted", [False, True])
def test_a_cancelled_request_leaves_its_place_to_the_next(is_admitted: bool) -> None:
    async def story(app: Application) -> None:
        await app.request("/a")
        cancelled = await app.request("/b")
        await app.request("/c")
        if is_admitted:
            app.event("/a").set()
            while not app.statuses:
                await asyncio.sleep(0)
        cancelled.cancel()
        await app.let("/a")
        assert cancelled.cancelled()
        assert app.begun[-1] == "/c"
        await app.let("/c")
        assert await app.free_slots() == 1

    run(story)
