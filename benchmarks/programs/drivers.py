"""The drivers of PostgreSQL for asyncio: psycopg, as the project has it, and asyncpg in its place."""
# mypy: disable-error-code="import-not-found, import-untyped", allow-subclassing-any

import asyncio
import sys
import uuid
from collections.abc import Callable, Coroutine
from functools import partial
from importlib.util import find_spec
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.retry import run_unit
from my_project.db.session import Sessions, make_sessions
from side_by_side import compare
from sqlalchemy import URL, create_engine, insert, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

UNITS, TASKS, ROWS = 320, 16, 20_000


class Entry(KeyMixin, Base):
    """What a unit of work inserts."""

    __tablename__ = "entries"
    name: Mapped[str]


class Counter(Base):
    """What a unit of work counts."""

    __tablename__ = "counters"
    task: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class Turns:
    """A way to the server that counts how often a client waits for an answer."""

    def __init__(self, url: URL) -> None:
        self.server, self.count = (url.host, url.port), 0

    async def listen(self) -> int:
        """Return the port; it is closed with the event loop."""
        server = await asyncio.start_server(self.serve, "127.0.0.1")
        return int(server.sockets[0].getsockname()[1])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on what either side says."""
        answers, questions = await asyncio.open_connection(*self.server)
        await asyncio.gather(self.hand_on(reader, questions, is_question=True), self.hand_on(answers, writer))

    async def hand_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_question: bool = False
    ) -> None:
        """Hand on what one side says."""
        while data := await reader.read(65536):
            # None of the two sends a second part before it has an answer: each of these is one message to wait for.
            self.count += is_question
            writer.write(data)
        writer.close()


async def work(task: int, session: AsyncSession) -> None:
    """Insert and update, as a small unit of work does."""
    session.add(Entry(name="someone"))
    await session.execute(update(Counter).where(Counter.task == task).values(value=Counter.value + 1))


async def write(tasks: int, sessions: Sessions, units: int = UNITS) -> None:
    """Run the units of work, by so many tasks at once."""

    async def some(task: int) -> None:
        for _ in range(units // tasks):
            await run_unit(sessions, partial(work, task), key=uuid.uuid4().hex)

    await asyncio.gather(*map(some, range(tasks)))


async def read(sessions: Sessions) -> None:
    """Read all rows."""
    async with sessions() as session:
        (await session.execute(select(Entry.id, Entry.name).limit(ROWS))).all()


async def open_sessions(url: URL, driver: str) -> tuple[Sessions, int]:
    """Return sessions that use a driver, and how often it waits for an answer in one unit of work."""
    turns, options = Turns(url), {"pool_pre_ping": True, "pool_size": TASKS}
    driven = url.set(drivername=f"postgresql+{driver}")
    counted = make_sessions(create_async_engine(driven.set(port=await turns.listen()), **options))
    await write(1, counted, units=10)  # statements are prepared by then
    before = turns.count
    await write(1, counted, units=10)
    await counted.kw["bind"].dispose()
    return make_sessions(create_async_engine(driven, **options)), (turns.count - before) // 10


def main(url: URL) -> None:
    """Compare."""
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Counter), [{"task": task, "value": 0} for task in range(TASKS)])
        connection.execute(insert(Entry), [{"id": uuid.uuid4(), "name": f"entry {n}"} for n in range(ROWS)])

    with asyncio.Runner() as runner:
        opened = {driver: runner.run(open_sessions(url, driver)) for driver in ("psycopg", "asyncpg")}

        def ways(run: Callable[[Sessions], Coroutine[Any, Any, None]], note: str) -> dict[str, Callable[[], object]]:
            def way(sessions: Sessions, turns: int) -> str:
                runner.run(run(sessions))
                return note.format(turns)

            return {driver: partial(way, *own) for driver, own in opened.items()}

        waits = "{} answers waited for in each"
        compare(f"{UNITS} units of work with a key, one after the other", ways(partial(write, 1), waits))
        compare(f"{UNITS} units of work with a key, by {TASKS} tasks", ways(partial(write, TASKS), waits))
        compare(f"reading {ROWS} rows", ways(read, ""))
        for sessions, _ in opened.values():
            runner.run(sessions.kw["bind"].dispose())


if __name__ == "__main__":
    if find_spec("asyncpg") is None:
        sys.exit("asyncpg is not here: uv run --with asyncpg python -m benchmarks drivers")
    main(make_url(sys.argv[1]))
