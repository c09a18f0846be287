"""Let 8 tasks add to one row, in each of some ways: `race_async.py URL tasks UNITS WAY…`; see WAYS.

As in `race_sync.py`, each unit of work reads the row, computes in Python, and writes.
"""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from counters import AnyCounter, Counter, Tally, VersionedCounter, report
from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

WORKERS = 8

Unit = Callable[[AsyncSession], Awaitable[None]]


@dataclass(frozen=True)
class Way:
    """A way to change rows: the engine, the unit of work, and the model of the row."""

    make_engine: Callable[[str], AsyncEngine]
    run: Callable[[AsyncEngine, Unit], Awaitable[None]]
    model: type[AnyCounter] = Counter
    lock: bool = False  # read the row with `with_for_update()`


def sqlalchemys_engine(url: str) -> AsyncEngine:
    """Return an engine as SQLAlchemy makes it without being told anything."""
    return create_async_engine(with_driver(url, dialect.DRIVERS[0]))


async def in_transaction(engine: AsyncEngine, unit: Unit) -> None:
    """Run a unit of work as the project does, once."""
    async with transaction(make_sessions(engine)) as session:
        await unit(session)


async def by_run_transaction(engine: AsyncEngine, unit: Unit) -> None:
    """Run a unit of work as the project does, and retry it after a conflict."""
    # of workers that do nothing but race, about one unit in some thousands loses ten times in a row
    await run_transaction(make_sessions(engine), unit, attempts=50)


async def by_defaults(engine: AsyncEngine, unit: Unit) -> None:
    """Run a unit of work as SQLAlchemy's tutorial does."""
    async with async_sessionmaker(engine).begin() as session:
        await unit(session)


WAYS = {
    "transaction": Way(make_engine, in_transaction),
    "with_for_update": Way(make_engine, in_transaction, lock=True),
    "run_transaction": Way(make_engine, by_run_transaction),
    "run_transaction, versioned": Way(make_engine, by_run_transaction, VersionedCounter),
    "defaults": Way(sqlalchemys_engine, by_defaults),
}


async def new_counter(engine: AsyncEngine, model: type[AnyCounter]) -> Any:
    """Make the tables and a row; return its key."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with async_sessionmaker(engine, expire_on_commit=False).begin() as session:
        session.add(counter := model())
    return counter.id


async def work(engine: AsyncEngine, way: Way, key: Any, units: int) -> Tally:
    """Do what one worker does: units of work in a row."""

    async def increment(session: AsyncSession) -> None:
        (await session.get_one(way.model, key, with_for_update=way.lock or None)).value += 1

    tally = Tally()
    for _ in range(units):
        try:
            await way.run(engine, increment)
        except OperationalError as error:
            tally.errors[str(error.orig)] += 1
        else:
            tally.committed += 1
    return tally


async def race(url: str, units: int, way: Way) -> None:
    """Race in one way, on a new row, and report."""
    engine = way.make_engine(url)
    key = await new_counter(engine, way.model)
    tallies = await asyncio.gather(*(work(engine, way, key, units) for _ in range(WORKERS)))
    async with AsyncSession(engine) as session:
        report(tallies, (await session.get_one(way.model, key)).value)
    await engine.dispose()


async def main(url: str, workers: str, units: str, *ways: str) -> None:
    """Race in each way."""
    if workers != "tasks":
        raise ValueError(f"{workers}: this program runs tasks")
    for way in ways:
        await race(url, int(units), WAYS[way])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
