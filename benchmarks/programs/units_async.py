"""A unit of work, as in `units_sync`, by tasks of one event loop."""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import perf_counter
from typing import Any

import aiosqlite as sqlite
import unit_models as models
from advanced_alchemy.config import SQLAlchemyAsyncConfig as AdvancedConfig
from asyncmy import connect as connect_mysql
from my_project.db import dialect
from my_project.db.engine import with_driver
from my_project.db.session import make_engine, make_sessions, transaction
from psycopg import AsyncConnection as Psycopg
from side_by_side import Measures, compare
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel import select as model_select
from sqlmodel.ext.asyncio.session import AsyncSession as ModelSession
from unit_models import BOUNDS, COUNTED, OPERATIONS, WORKERS, Rows
from unit_ways_async import Unit, Units, by_core, by_driver, by_repository, by_session

from tests.programs.turns import counted


async def connect(engine: AsyncEngine) -> Any:
    """Return a connection of the driver alone, with the settings of this project."""
    settings = models.settings_of(engine.dialect, engine.url)
    if engine.dialect.name == "postgresql":
        return await Psycopg.connect(**settings)
    if engine.dialect.name != "sqlite":
        return await connect_mysql(**settings)
    connection = await sqlite.connect(**settings)
    await connection.execute("PRAGMA foreign_keys = ON")
    await connection.execute(f"PRAGMA synchronous = {dialect.SYNCHRONOUS}")
    return connection


@asynccontextmanager
async def advanced_session(config: AdvancedConfig) -> AsyncIterator[Any]:
    """Open a session of advanced-alchemy, and commit at its end."""
    async with config.get_session() as session:
        yield session
        await session.commit()


@asynccontextmanager
async def model_session(engine: Any) -> AsyncIterator[Any]:
    """Open a session of SQLModel, and commit at its end."""
    async with ModelSession(engine) as session:
        yield session
        await session.commit()


@asynccontextmanager
async def opened(url: URL) -> AsyncIterator[dict[str, Units]]:
    """Open everybody's way to a database."""
    peers = models.peers_of(url)
    own = make_engine(url, **({} if peers != url else {"pool_size": WORKERS}))
    own_reading = make_engine(url, read_only=True) if peers != url else own
    plain, advanced, model = (
        create_async_engine(with_driver(peers, dialect.DRIVERS[0]), pool_size=WORKERS) for _ in range(3)
    )
    connections = [await connect(own) for _ in range(WORKERS)]
    of_plain = (models.PlainCompany, models.PlainEmployee)
    of_advanced = (models.AdvancedCompany, models.AdvancedEmployee)
    of_model = (models.ModelCompany, models.ModelEmployee)
    writing, reading = (partial(transaction, make_sessions(engine)) for engine in (own, own_reading))
    advanced_sessions = partial(advanced_session, AdvancedConfig(engine_instance=advanced))
    ways = {
        "this project": by_session(writing, reading, models.Company, models.Employee),
        "raw driver": by_driver(connections, models.statements_for(own.dialect)),
        "Core": by_core(own, own_reading),
        "plain Session": by_session(*[async_sessionmaker(plain).begin] * 2, *of_plain, refreshes=True),
        "advanced-alchemy session": by_session(*[advanced_sessions] * 2, *of_advanced),
        "advanced-alchemy repository": by_repository(advanced_sessions),
        "SQLModel": by_session(
            *[partial(model_session, model)] * 2, *of_model, refreshes=True, query=(model_select, ModelSession.exec)
        ),
    }
    if peers != url:
        ways["plain Session, our settings"] = by_session(
            *[async_sessionmaker(own).begin] * 2, *of_plain, refreshes=True
        )
    yield ways
    for connection in connections:
        await (connection.ensure_closed() if hasattr(connection, "ensure_closed") else connection.close())
    for engine in (own_reading, own, plain, advanced, model):
        await engine.dispose()


async def run(unit: Unit, keys: list[int]) -> int:
    """Run a unit of work for each key, each until it succeeds, and return how often one did not."""
    errors = 0
    for key in keys:
        while True:
            try:
                await unit(key)
                break
            except Exception as error:
                if not models.is_locked(error):
                    raise
                errors += 1
    return errors


async def measure(unit: Unit, rows: Rows, operation: str, workers: int, units: int) -> dict[str, float]:
    """Let workers run so many units of work."""
    keys = rows.keys(operation, units)
    shares = [keys[number::workers] for number in range(workers)]
    start = perf_counter()
    errors = sum(await asyncio.gather(*(run(unit, share) for share in shares)))
    seconds = perf_counter() - start
    rows.clean()
    return {"seconds": seconds, **({"errors": errors} if rows.may_be_locked else {})}


async def turns(units: Units, rows: Rows, counter: models.Counter) -> dict[str, Measures]:
    """Return how often a unit of work waits for the database, for each operation."""
    found = {}
    for operation, unit in zip(OPERATIONS, units, strict=True):
        await measure(unit, rows, operation, 1, COUNTED)  # until statements are prepared
        before = counter.count
        await measure(unit, rows, operation, 1, COUNTED)
        found[operation] = {counter.name: (counter.count - before) / COUNTED}
    return found


async def main(url: URL) -> None:
    """Compare."""
    own, peers = Rows(url), Rows(models.peers_of(url))

    def rows_of(name: str) -> Rows:
        return peers if name in BOUNDS else own

    with counted(url) as (watched, counter):
        async with opened(watched) as ways:
            counts = {name: await turns(units, rows_of(name), counter) for name, units in ways.items()}

    def way(name: str, unit: Unit, operation: str, workers: int) -> Measures:
        measured = measure(unit, rows_of(name), operation, workers, own.units(workers))
        return asyncio.run_coroutine_threadsafe(measured, loop).result() | counts[name][operation]

    loop = asyncio.get_running_loop()
    async with opened(url) as ways:
        for workers in (1, WORKERS):
            for operation, *units in zip(OPERATIONS, *ways.values(), strict=True):
                taking_turns = {
                    name: partial(way, name, unit, operation, workers) for name, unit in zip(ways, units, strict=True)
                }
                await to_thread(
                    compare,
                    operation,
                    taking_turns,
                    group=own.group("async", workers),
                    per=own.units(workers),
                    bounds=BOUNDS,
                )


if __name__ == "__main__":
    asyncio.run(main(make_url(sys.argv[1])))
