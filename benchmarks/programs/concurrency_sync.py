"""Many workers that add to a few rows: how long a unit of work takes, and what is lost.

Each unit of work reads one of four rows, adds 1 in Python and writes it. After each unit the worker reads all rows.
The number of units is the same for any number of workers. Workers are threads of one process with one engine,
processes with an engine each, or tasks of one event loop.

- "p99 ms" is the time that one unit in a hundred exceeds, with its waiting and its retries.
- "errors" are units that failed.
- "lost updates" are units that reported success and are not there.

This project is used as its README shows: `run_transaction`, and `with_for_update()` for the row.
The other ways on SQLite are common advice, each on top of SQLAlchemy's defaults. They flush the disk at each commit;
of this project's ways, only "synchronous = FULL" does. "BEGIN" is the recipe of SQLAlchemy's documentation for
sqlite3. On servers, the others write the row as tutorials do, without a lock.
"""
# mypy: disable-error-code="import-not-found"

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier
from time import perf_counter
from typing import Any

from contention import ATTEMPTS, ROUNDS, ROWS, UNITS, WORKERS, Tally, Way, measures, title_of, turns, ways_for
from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from my_project.db.session import make_engine, make_sessions
from side_by_side import Measures, compare
from sqlalchemy import Engine, create_engine, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

url = sys.argv[1]


def engine_of(way: Way) -> Engine:
    """Make the engine of a way."""
    if way.ours:
        engine: Engine = make_engine(url, **way.options)
    else:
        engine = create_engine(with_driver(url, dialect.DRIVERS[0]), **way.options)
    way.configure(engine)
    return engine


def engines_of(way: Way) -> list[Engine]:
    """Make the engine that writes, and the one that reads if it is not the same."""
    return [engine_of(way), *([make_engine(url, read_only=True)] if way.ours else [])]


def work(engines: list[Engine], way: Way, rows: Iterator[Any], units: int, start: Callable[[], object]) -> Tally:
    """Do what one worker does."""
    writing, reading = engines[0], engines[-1]
    sessions = make_sessions(writing) if way.ours else sessionmaker(writing)
    readers = make_sessions(reading) if way.ours else sessions

    def add(session: Session) -> None:
        session.get_one(way.model, next(rows), with_for_update=way.lock or None).value += 1

    def unit() -> None:
        if way.ours:
            run_transaction(sessions, add, attempts=ATTEMPTS)
        else:
            with sessions.begin() as session:
                add(session)

    def read() -> None:
        with readers() as session:
            session.scalars(select(way.model)).all()

    tally = Tally()
    with suppress(SQLAlchemyError):
        read()  # connects, which is not what is measured
    start()
    tally.began = perf_counter()
    for action, seconds in [(unit, tally.units), (read, tally.readings)] * units:
        began = perf_counter()
        try:
            action()
        except SQLAlchemyError:
            tally.errors += 1
        else:
            seconds.append(perf_counter() - began)
    tally.ended = perf_counter()
    return tally


def threads(way: Way, keys: list[Any], workers: int) -> list[Tally]:
    """Run the workers in one process, on one engine."""
    engines, start = engines_of(way), Barrier(workers)
    with ThreadPoolExecutor(workers) as pool:
        running = [
            pool.submit(work, engines, way, turns(keys, number), UNITS // workers, start.wait)
            for number in range(workers)
        ]
        tallies = [worker.result() for worker in running]
    for engine in engines:
        engine.dispose()
    return tallies


def processes(way: Way, keys: list[Any], workers: int) -> list[Tally]:
    """Run each worker in a process of its own."""
    forking = multiprocessing.get_context("fork")  # imports are not repeated in each process
    start, tallies = forking.Barrier(workers), forking.SimpleQueue()

    def worker(number: int) -> None:
        engines = engines_of(way)
        tallies.put(work(engines, way, turns(keys, number), UNITS // workers, start.wait))
        for engine in engines:
            engine.dispose()

    running = [forking.Process(target=worker, args=(number,)) for number in range(workers)]
    for process in running:
        process.start()
    found = [tallies.get() for _ in running]
    for process in running:
        process.join()
    return found


def race(kind: Callable[[Way, list[Any], int], list[Tally]], workers: int, way: Way) -> Measures:
    """Let workers add to new rows, and look what came of it."""
    engine = create_engine(with_driver(url, dialect.DRIVERS[0]))
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
    tallies = kind(way, keys, workers)
    with Session(engine) as session:
        total = session.scalar(select(func.sum(way.model.value)))
    engine.dispose()
    return measures(tallies, int(total or 0))


# a server does not care where its clients run, so processes matter to SQLite alone
KINDS = [(threads, "threads", "thread"), (processes, "processes", "process")]
for kind, name, one in KINDS if url.startswith("sqlite") else KINDS[:1]:
    for workers in WORKERS:
        compare(
            f"{workers} {name}" if workers > 1 else f"one {one}",
            {title: partial(race, kind, workers, way) for title, way in ways_for(url).items()},
            group=f"{name}, {title_of(url)}",
            x=workers,
            rounds=ROUNDS,
            warm=False,
        )
