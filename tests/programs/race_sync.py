"""Let 8 workers add to one row, in each of some ways: `race_sync.py URL threads|processes UNITS WAY…`; see WAYS.

Each unit of work reads the row, computes in Python, and writes: what loses updates if nothing prevents it.
"""
# mypy: disable-error-code="import-not-found"

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from counters import AnyCounter, Counter, Tally, VersionedCounter, report
from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

WORKERS = 8

Unit = Callable[[Session], None]


@dataclass(frozen=True)
class Way:
    """A way to change rows: the engine, the unit of work, and the model of the row."""

    make_engine: Callable[[str], Engine]
    run: Callable[[Engine, Unit], None]
    model: type[AnyCounter] = Counter
    lock: bool = False  # read the row with `with_for_update()`


def sqlalchemys_engine(url: str) -> Engine:
    """Return an engine as SQLAlchemy makes it without being told anything."""
    return create_engine(with_driver(url, dialect.DRIVERS[0]))


def in_transaction(engine: Engine, unit: Unit) -> None:
    """Run a unit of work as the project does, once."""
    with transaction(make_sessions(engine)) as session:
        unit(session)


def by_run_transaction(engine: Engine, unit: Unit) -> None:
    """Run a unit of work as the project does, and retry it after a conflict."""
    # of workers that do nothing but race, about one unit in some thousands loses ten times in a row
    run_transaction(make_sessions(engine), unit, attempts=50)


def by_defaults(engine: Engine, unit: Unit) -> None:
    """Run a unit of work as SQLAlchemy's tutorial does."""
    with sessionmaker(engine).begin() as session:
        unit(session)


WAYS = {
    "transaction": Way(make_engine, in_transaction),
    "with_for_update": Way(make_engine, in_transaction, lock=True),
    "run_transaction": Way(make_engine, by_run_transaction),
    "run_transaction, versioned": Way(make_engine, by_run_transaction, VersionedCounter),
    "defaults": Way(sqlalchemys_engine, by_defaults),
}


def new_counter(engine: Engine, model: type[AnyCounter]) -> Any:
    """Make the tables and a row; return its key."""
    Base.metadata.create_all(engine)
    with sessionmaker(engine, expire_on_commit=False).begin() as session:
        session.add(counter := model())
    return counter.id


def work(engine: Engine, way: Way, key: Any, units: int) -> Tally:
    """Do what one worker does: units of work in a row."""

    def increment(session: Session) -> None:
        session.get_one(way.model, key, with_for_update=way.lock or None).value += 1

    tally = Tally()
    for _ in range(units):
        try:
            way.run(engine, increment)
        except OperationalError as error:
            tally.errors[str(error.orig)] += 1
        else:
            tally.committed += 1
    return tally


def race_of_threads(engine: Engine, way: Way, key: Any, units: int) -> list[Tally]:
    """Run all workers in one process, on one engine."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda _: work(engine, way, key, units), range(WORKERS)))


def race_of_processes(url: str, way: Way, key: Any, units: int) -> list[Tally]:
    """Run each worker in a process of its own, with an engine of its own; all connect at the same moment."""
    forking = multiprocessing.get_context("fork")  # imports are not repeated in each process
    start, tallies = forking.Barrier(WORKERS), forking.SimpleQueue()

    def worker() -> None:
        engine = way.make_engine(url)
        start.wait(timeout=60)
        tallies.put(work(engine, way, key, units))

    processes = [forking.Process(target=worker) for _ in range(WORKERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if failed := [process for process in processes if process.exitcode]:
        raise RuntimeError(f"{len(failed)} processes failed")
    return [tallies.get() for _ in processes]


def race(url: str, workers: str, units: int, way: Way) -> None:
    """Race in one way, on a new row, and report."""
    engine = way.make_engine(url)
    # A file is made by a connection that knows nothing of the project, and so is not in WAL mode yet; a database
    # in memory belongs to its engine.
    maker = engine if url == "sqlite://" else sqlalchemys_engine(url)
    key = new_counter(maker, way.model)
    if maker is not engine:
        maker.dispose()
    if workers == "threads":
        tallies = race_of_threads(engine, way, key, units)
    else:
        tallies = race_of_processes(url, way, key, units)
    with Session(engine) as session:
        report(tallies, session.get_one(way.model, key).value)
    engine.dispose()


def main(url: str, workers: str, units: str, *ways: str) -> None:
    """Race in each way."""
    for way in ways:
        race(url, workers, int(units), WAYS[way])


if __name__ == "__main__":
    main(*sys.argv[1:])
