"""Let tasks run units of work until a line comes: `faults_async.py PROFILE WORKERS URL DIRECT_URL`; see PROFILES.

The tables are made first, at the direct URL, with which no fault interferes. The line says how many seconds the last
units of work may still take.
A worker notes an operation as acknowledged after its unit of work has returned, and nowhere else.
"""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fault_units import Crew, Entry, Record, counted, make_tables
from my_project.db import dialect
from my_project.db.cluster.sessions import connected
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from tenacity import AsyncRetrying, stop_after_delay, wait_random_exponential

Unit = Callable[[AsyncSession], Awaitable[str]]
# Runs the unit of work of the operation with this identifier.
Run = Callable[[str, Unit], Awaitable[str]]


@asynccontextmanager
async def defaults(url: str) -> AsyncIterator[Run]:
    """As SQLAlchemy's tutorial does it."""
    engine = create_async_engine(with_driver(url, dialect.DRIVERS[0]))
    sessions = async_sessionmaker(engine)

    async def run(_: str, unit: Unit) -> str:
        async with sessions.begin() as session:
            return await unit(session)

    yield run
    await engine.dispose()


@asynccontextmanager
async def blind(url: str) -> AsyncIterator[Run]:
    """On the project's engine, but every error is a reason to do the unit of work again."""
    async with connected(url) as cluster:

        async def run(_: str, unit: Unit) -> str:
            again = AsyncRetrying(wait=wait_random_exponential(0.02, max=1), stop=stop_after_delay(60), reraise=True)
            return str(await again(once, unit))

        async def once(unit: Unit) -> str:
            async with cluster.writing.begin() as session:
                return await unit(session)

        yield run


@asynccontextmanager
async def ours(url: str, *, pooler: bool = False) -> AsyncIterator[Run]:
    """As the project says that units of work are run."""
    async with connected(url, pooler=pooler) as cluster:

        async def run(operation: str, unit: Unit) -> str:
            return str(await run_transaction(cluster.writing, unit, idempotency_key=operation))

        yield run


PROFILES: dict[str, Callable[[str], AbstractAsyncContextManager[Run]]] = {
    "defaults": defaults,
    "blind": blind,
    "ours": ours,
    "pooler": lambda url: ours(url, pooler=True),
}


async def work(run: Run, worker: int, crew: Crew, record: Record) -> None:
    """Do what one worker does: units of work in a row."""

    async def unit(session: AsyncSession) -> str:
        session.add(Entry(operation=operation))
        await session.execute(counted(worker))
        return operation

    while not crew.is_over:
        operation = record.current = uuid.uuid4().hex
        try:
            returned = await run(operation, unit)
        except Exception as error:  # noqa: BLE001 - whatever comes out is what the caller has to deal with
            record.fail(error)
            await asyncio.sleep(0.01)
        else:
            record.acknowledge(returned)
            if crew.rest:
                await asyncio.sleep(crew.rest)


async def main(profile: str, workers: str, url: str, direct_url: str) -> None:
    """Work until a line comes."""
    make_tables(direct_url)
    crew = Crew([Record() for _ in range(int(workers))])
    async with PROFILES[profile](url) as run:
        tasks = [asyncio.create_task(work(run, number, crew, record)) for number, record in enumerate(crew.records)]
        while not crew.has_begun:
            await asyncio.sleep(0.01)
        crew.begin()
        patience = await asyncio.to_thread(crew.wait_for_end)
        crew.stop()
        await asyncio.wait(tasks, timeout=patience)
        crew.report()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
