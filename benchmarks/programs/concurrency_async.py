"""As `concurrency_sync.py`, by the tasks of one event loop."""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any

from contention import ATTEMPTS, ROUNDS, ROWS, UNITS, WORKERS, Tally, Way, measures, title_of, turns, ways_for
from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from my_project.db.session import make_engine, make_sessions
from side_by_side import Measures, compare
from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

url = sys.argv[1]


def engine_of(way: Way) -> AsyncEngine:
    """Make the engine of a way."""
    if way.ours:
        engine: AsyncEngine = make_engine(url, **way.options)
    else:
        engine = create_async_engine(with_driver(url, dialect.DRIVERS[0]), **way.options)
    way.configure(engine.sync_engine)
    return engine


def engines_of(way: Way) -> list[AsyncEngine]:
    """Make the engine that writes, and the one that reads if it is not the same."""
    return [engine_of(way), *([make_engine(url, read_only=True)] if way.ours else [])]


async def work(
    engines: list[AsyncEngine], way: Way, rows: Iterator[Any], units: int, start: Callable[[], Awaitable[Any]]
) -> Tally:
    """Do what one worker does."""
    writing, reading = engines[0], engines[-1]
    sessions = make_sessions(writing) if way.ours else async_sessionmaker(writing)
    readers = make_sessions(reading) if way.ours else sessions

    async def add(session: AsyncSession) -> None:
        (await session.get_one(way.model, next(rows), with_for_update=way.lock or None)).value += 1

    async def unit() -> None:
        if way.ours:
            await run_transaction(sessions, add, attempts=ATTEMPTS)
        else:
            async with sessions.begin() as session:
                await add(session)

    async def read() -> None:
        async with readers() as session:
            (await session.scalars(select(way.model))).all()

    tally = Tally()
    with suppress(SQLAlchemyError):
        await read()  # connects, which is not what is measured
    await start()
    tally.began = perf_counter()
    for action, seconds in [(unit, tally.units), (read, tally.readings)] * units:
        began = perf_counter()
        try:
            await action()
        except SQLAlchemyError:
            tally.errors += 1
        else:
            seconds.append(perf_counter() - began)
    tally.ended = perf_counter()
    return tally


async def tasks(way: Way, keys: list[Any], workers: int) -> list[Tally]:
    """Run the workers in one event loop, on one engine."""
    engines, start = engines_of(way), asyncio.Barrier(workers)
    running = [work(engines, way, turns(keys, number), UNITS // workers, start.wait) for number in range(workers)]
    tallies = await asyncio.gather(*running)
    for engine in engines:
        await engine.dispose()
    return tallies


def race(workers: int, way: Way) -> Measures:
    """Let workers add to new rows, and look what came of it."""
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
    if url.startswith("sqlite"):
        with engine.connect() as connection:  # the file remembers the mode of the way before
            connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(delete(way.model))
        rows = [way.model() for _ in range(ROWS)]
        session.add_all(rows)
        session.commit()
        keys = [row.id for row in rows]
    engine.dispose()
    tallies = asyncio.run(tasks(way, keys, workers))
    with Session(engine) as session:
        total = session.scalar(select(func.sum(way.model.value)))
    engine.dispose()
    return measures(tallies, int(total or 0))


for workers in WORKERS:
    compare(
        f"{workers} tasks" if workers > 1 else "one task",
        {name: partial(race, workers, way) for name, way in ways_for(url).items()},
        group=f"tasks, {title_of(url)}",
        x=workers,
        rounds=ROUNDS,
        warm=False,
    )
