"""The drivers of PostgreSQL for asyncio: psycopg, as the project has it, and asyncpg in its place."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import asyncio
import sys
import uuid
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.retry import run_transaction
from my_project.db.session import SessionFactory, make_sessions
from side_by_side import Measures, Way, compare
from sqlalchemy import URL, create_engine, insert, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from tests.programs.turns import counted

UNITS, TASKS, ROWS = 320, 16, 20_000


class Entry(KeyMixin, Base):
    """The row that a unit of work inserts."""

    __tablename__ = "entries"
    name: Mapped[str]


class Counter(Base):
    """The row that a unit of work increments."""

    __tablename__ = "counters"
    task: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


async def work(task: int, session: AsyncSession) -> None:
    """Insert and update, as a small unit of work does."""
    session.add(Entry(name="someone"))
    await session.execute(update(Counter).where(Counter.task == task).values(value=Counter.value + 1))


async def write(tasks: int, sessions: SessionFactory, units: int = UNITS) -> None:
    """Run the units of work, by so many tasks at once."""

    async def some(task: int) -> None:
        for _ in range(units // tasks):
            await run_transaction(sessions, partial(work, task), idempotency_key=uuid.uuid4().hex)

    await asyncio.gather(*map(some, range(tasks)))


async def read(sessions: SessionFactory) -> None:
    """Read all rows."""
    async with sessions() as session:
        (await session.execute(select(Entry.id, Entry.name).limit(ROWS))).all()


def open_sessions(url: URL, driver: str) -> SessionFactory:
    """Return sessions that use a driver."""
    return make_sessions(create_async_engine(url.set(drivername=f"postgresql+{driver}"), pool_size=TASKS))


async def turns(url: URL, driver: str) -> Measures:
    """Return how often a driver waits for a response in one unit of work."""
    with counted(url) as (watched, counter):
        sessions = open_sessions(watched, driver)
        await write(1, sessions, units=10)  # statements are prepared by then
        before = counter.count
        await write(1, sessions, units=10)
        await sessions.kw["bind"].dispose()
        return {counter.name: (counter.count - before) / 10}


def main(url: URL) -> None:
    """Compare."""
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Counter), [{"task": task, "value": 0} for task in range(TASKS)])
        connection.execute(insert(Entry), [{"id": uuid.uuid4(), "name": f"entry {n}"} for n in range(ROWS)])

    with asyncio.Runner() as runner:
        opened = {driver: open_sessions(url, driver) for driver in ("psycopg", "asyncpg")}
        waits = {driver: runner.run(turns(url, driver)) for driver in opened}

        def ways(
            run: Callable[[SessionFactory], Coroutine[Any, Any, None]], counts: Mapping[str, Measures]
        ) -> dict[str, Way]:
            def way(driver: str) -> Measures:
                runner.run(run(opened[driver]))
                return counts.get(driver, {})

            return {driver: partial(way, driver) for driver in opened}

        compare("units of work with a key, one after the other", ways(partial(write, 1), waits), per=UNITS)
        compare(f"units of work with a key, by {TASKS} tasks", ways(partial(write, TASKS), waits), per=UNITS)
        compare(f"reading {ROWS:,} rows", ways(read, {}))
        for sessions in opened.values():
            runner.run(sessions.kw["bind"].dispose())


if __name__ == "__main__":
    main(make_url(sys.argv[1]))
