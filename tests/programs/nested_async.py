"""Open units of work inside of others, on SQLite: `nested_async.py URL` prints for each what came of it, as JSON.

For `sqlite://` the engines share a database in memory.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.retry import is_retryable, run_transaction
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError


class Item(KeyMixin, Base):
    """A row that units of work store."""

    __tablename__ = "nested_items"

    name: Mapped[str] = mapped_column(default="")


class Units:
    """The engines, and small units of work."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = make_engine(url)
        self.reading: AsyncEngine = make_engine(self.engine.url, read_only=True)
        self.sessions: SessionFactory = make_sessions(self.engine)
        self.read_only: SessionFactory = make_sessions(self.reading)

    async def make_tables(self) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    async def dispose(self) -> None:
        await self.reading.dispose()
        await self.engine.dispose()

    async def write(self) -> None:
        async with transaction(self.sessions) as session:
            await write(session)

    async def read(self) -> None:
        async with transaction(self.sessions) as session:
            await read(session)

    async def read_with_read_only_sessions(self) -> None:
        async with transaction(self.read_only) as session:
            await read(session)

    async def write_with_run_transaction(self) -> None:
        await run_transaction(self.sessions, write)

    async def write_with_a_session(self) -> None:
        async with self.sessions() as session:
            await write(session)
            await session.commit()

    async def write_with_a_connection(self) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(Item).values(name=""))


async def write(session: AsyncSession) -> None:
    session.add(Item())
    await session.flush()


async def read(session: AsyncSession) -> None:
    await session.execute(select(Item))


# One unit inside of another one, of the same task


async def inside_of_a_writing_one(units: Units, inner: Callable[[], Awaitable[None]]) -> None:
    async with transaction(units.sessions) as session:
        await write(session)
        await inner()
        await write(session)


async def inside_of_run_transaction(units: Units, inner: Callable[[], Awaitable[None]]) -> None:
    async def work(session: AsyncSession) -> None:
        await write(session)
        await inner()

    await run_transaction(units.sessions, work)


async def inside_of_a_reading_one(units: Units, inner: Callable[[], Awaitable[None]]) -> None:
    async with transaction(units.read_only) as session:
        await read(session)
        await inner()
        await read(session)


async def before_the_first_statement(units: Units, inner: Callable[[], Awaitable[None]]) -> None:
    async with transaction(units.sessions) as session:
        await inner()
        await write(session)


INNER: dict[str, Callable[[Units], Awaitable[None]]] = {
    "write": Units.write,
    "read": Units.read,
    "read only": Units.read_with_read_only_sessions,
    "run_transaction": Units.write_with_run_transaction,
    "session": Units.write_with_a_session,
    "connection": Units.write_with_a_connection,
}
OUTER = {
    "writing": inside_of_a_writing_one,
    "run_transaction": inside_of_run_transaction,
    "reading": inside_of_a_reading_one,
    "before its first statement": before_the_first_statement,
}


# Units that wait for each other, or for nothing


async def in_another_task(units: Units) -> None:
    """Wait for the unit of this task, in one that it has started."""
    async with transaction(units.sessions) as session:
        await write(session)
        waiting = asyncio.create_task(units.write())
        await asyncio.sleep(0.3)
    await waiting


async def by_many_tasks(units: Units) -> None:
    """Write in tasks that have other tasks' transactions beside them."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(40):
            tasks.create_task(units.write())


async def after_one_that_was_closed(units: Units) -> None:
    """Write after a session that was closed before its end."""
    session = units.sessions()
    await write(session)
    await session.close()
    await units.write()


async def after_one_that_was_forgotten(units: Units) -> None:
    """Write after a session that nobody has closed and nobody refers to."""
    session = units.sessions()
    await write(session)
    del session
    gc.collect()
    await asyncio.sleep(0.5)  # the thread of its connection closes it
    await units.write()


async def after_one_that_raised(units: Units) -> None:
    """Write after a unit of work that was rolled back."""
    try:
        await inside_of_a_writing_one(units, units.write)
    except SQLAlchemyError:
        await units.write()


async def on_another_database(units: Units) -> None:
    """Write into another database inside of a writing unit of work."""
    other = Units("sqlite://")
    await other.make_tables()
    await inside_of_a_writing_one(units, other.write)
    await other.dispose()


async def in_a_savepoint(units: Units) -> None:
    """Write into savepoints."""
    async with transaction(units.sessions) as session, session.begin_nested():
        await write(session)
        async with session.begin_nested():
            await write(session)


async def until_the_deadline(units: Units) -> None:
    """Conflict with another unit of work again and again."""

    async def work(session: AsyncSession) -> None:
        await read(session)
        raise StaleDataError

    await run_transaction(units.sessions, work, attempts=30, deadline=0.5)


WAITING: dict[str, Callable[[Units], Awaitable[None]]] = {
    "in another task": in_another_task,
    "by many tasks": by_many_tasks,
    "after one that was closed": after_one_that_was_closed,
    "after one that was forgotten": after_one_that_was_forgotten,
    "after one that raised": after_one_that_raised,
    "on another database": on_another_database,
    "in a savepoint": in_a_savepoint,
    "until the deadline": until_the_deadline,
}


async def report(name: str, unit: Callable[[], Awaitable[None]]) -> None:
    """Run a unit of work, and print what came of it."""
    began = time.monotonic()
    found = {"name": name, "error": "", "is_retryable": False}
    try:
        await unit()
    except SQLAlchemyError as error:
        found |= {"error": f"{type(error).__name__}: {error}", "is_retryable": is_retryable(error)}
    print(json.dumps(found | {"seconds": time.monotonic() - began}), flush=True)


async def main(url: str) -> None:
    """Run all of them."""
    units = Units(url)
    await units.make_tables()
    for (outer, open_outer), (inner, open_inner) in product(OUTER.items(), INNER.items()):
        await report(f"{inner} in {outer}", partial(open_outer, units, partial(open_inner, units)))
    for name, unit in WAITING.items():
        await report(name, partial(unit, units))
    await units.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
