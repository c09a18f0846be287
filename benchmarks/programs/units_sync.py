"""A unit of work, from taking a connection to giving it back after COMMIT, on companies and their employees.

- this project: `transaction(sessions)`
- raw driver: open connections in a list, with the same settings and the same SQL
- Core: SQLAlchemy Core on the project's engine
- plain Session: as in SQLAlchemy's tutorial
- advanced-alchemy: its session, and its repository
- SQLModel: its session
- plain Session, our settings: on SQLite, the plain Session on the project's engine

All have as many connections as there are workers, except this project on SQLite, which has its five.
After an insert the caller knows the key, after an update `updated_at`. Update and delete read the row first.

On SQLite this project and Core read by read-only sessions, as the project's documentation recommends. The others have
SQLAlchemy's settings: no WAL, a disk flush at each commit, and transactions that may lose an update. A unit of work
that meets a locked file is retried. The errors are those of one measurement.
"""
# mypy: disable-error-code="import-not-found"

import sqlite3 as sqlite
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from time import perf_counter
from typing import Any

import unit_models as models
from advanced_alchemy.config import SQLAlchemySyncConfig as AdvancedConfig
from my_project.db import dialect
from my_project.db.engine import with_driver
from my_project.db.session import make_engine, make_sessions, transaction
from psycopg import Connection as Psycopg
from pymysql import connect as connect_mysql
from side_by_side import Measures, compare
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session as ModelSession
from sqlmodel import select as model_select
from unit_models import BOUNDS, COUNTED, OPERATIONS, WORKERS, Rows
from unit_ways_sync import Unit, Units, by_core, by_driver, by_repository, by_session

from tests.programs.turns import counted

THREADS = ThreadPoolExecutor(WORKERS)


def connect(engine: Engine) -> Any:
    """Return a connection of the driver alone, with the settings of this project."""
    settings = models.settings_of(engine.dialect, engine.url)
    if engine.dialect.name == "postgresql":
        return Psycopg.connect(**settings)
    if engine.dialect.name != "sqlite":
        return connect_mysql(**settings)
    connection = sqlite.connect(**settings)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA synchronous = {dialect.SYNCHRONOUS}")
    return connection


@contextmanager
def advanced_session(config: AdvancedConfig) -> Iterator[Any]:
    """Open a session of advanced-alchemy, and commit at its end."""
    with config.get_session() as session:
        yield session
        session.commit()


@contextmanager
def model_session(engine: Any) -> Iterator[Any]:
    """Open a session of SQLModel, and commit at its end."""
    with ModelSession(engine) as session:
        yield session
        session.commit()


@contextmanager
def opened(url: URL) -> Iterator[dict[str, Units]]:
    """Open everybody's way to a database."""
    peers = models.peers_of(url)
    own = make_engine(url, **({} if peers != url else {"pool_size": WORKERS}))
    own_reading = make_engine(url, read_only=True) if peers != url else own
    plain, advanced, model = (
        create_engine(with_driver(peers, dialect.DRIVERS[0]), pool_size=WORKERS) for _ in range(3)
    )
    connections = [connect(own) for _ in range(WORKERS)]
    of_plain = (models.PlainCompany, models.PlainEmployee)
    of_advanced = (models.AdvancedCompany, models.AdvancedEmployee)
    of_model = (models.ModelCompany, models.ModelEmployee)
    writing, reading = (partial(transaction, make_sessions(engine)) for engine in (own, own_reading))
    advanced_sessions = partial(advanced_session, AdvancedConfig(engine_instance=advanced))
    ways = {
        "this project": by_session(writing, reading, models.Company, models.Employee),
        "raw driver": by_driver(connections, models.statements_for(own.dialect)),
        "Core": by_core(own, own_reading),
        "plain Session": by_session(*[sessionmaker(plain).begin] * 2, *of_plain, refreshes=True),
        "advanced-alchemy session": by_session(*[advanced_sessions] * 2, *of_advanced),
        "advanced-alchemy repository": by_repository(advanced_sessions),
        "SQLModel": by_session(
            *[partial(model_session, model)] * 2, *of_model, refreshes=True, query=(model_select, ModelSession.exec)
        ),
    }
    if peers != url:
        ways["plain Session, our settings"] = by_session(*[sessionmaker(own).begin] * 2, *of_plain, refreshes=True)
    yield ways
    for connection in connections:
        connection.close()
    for engine in (own_reading, own, plain, advanced, model):
        engine.dispose()


def run(unit: Unit, keys: list[int]) -> int:
    """Run a unit of work for each key, each until it succeeds, and return how often one did not."""
    errors = 0
    for key in keys:
        while True:
            try:
                unit(key)
                break
            except Exception as error:
                if not models.is_locked(error):
                    raise
                errors += 1
    return errors


def measure(unit: Unit, rows: Rows, operation: str, workers: int, units: int) -> dict[str, float]:
    """Let workers run so many units of work."""
    keys = rows.keys(operation, units)
    shares = [keys[number::workers] for number in range(workers)]
    start = perf_counter()
    errors = sum(THREADS.map(run, repeat(unit), shares))
    seconds = perf_counter() - start
    rows.clean()
    return {"seconds": seconds, **({"errors": errors} if rows.may_be_locked else {})}


def turns(units: Units, rows: Rows, counter: models.Counter) -> dict[str, Measures]:
    """Return how often a unit of work waits for the database, for each operation."""
    found = {}
    for operation, unit in zip(OPERATIONS, units, strict=True):
        measure(unit, rows, operation, 1, COUNTED)  # until statements are prepared
        before = counter.count
        measure(unit, rows, operation, 1, COUNTED)
        found[operation] = {counter.name: (counter.count - before) / COUNTED}
    return found


def main(url: URL) -> None:
    """Compare."""
    own, peers = Rows(url), Rows(models.peers_of(url))

    def rows_of(name: str) -> Rows:
        return peers if name in BOUNDS else own

    with counted(url) as (watched, counter), opened(watched) as ways:
        counts = {name: turns(units, rows_of(name), counter) for name, units in ways.items()}

    def way(name: str, unit: Unit, operation: str, workers: int) -> Measures:
        return measure(unit, rows_of(name), operation, workers, own.units(workers)) | counts[name][operation]

    with opened(url) as ways:
        for workers in (1, WORKERS):
            for operation, *units in zip(OPERATIONS, *ways.values(), strict=True):
                taking_turns = {
                    name: partial(way, name, unit, operation, workers) for name, unit in zip(ways, units, strict=True)
                }
                compare(
                    operation,
                    taking_turns,
                    group=own.group("sync", workers),
                    per=own.units(workers),
                    bounds=BOUNDS,
                )


if __name__ == "__main__":
    main(make_url(sys.argv[1]))
