"""Use all nodes of a cluster at once: `all_nodes_async.py races|reads UNITS URL…`, with a URL for each node."""
# mypy: disable-error-code="import-not-found"

import asyncio
import json
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from counters import Tally, report
from fault_units import Counter, Entry, counted
from my_project.db.cluster.sessions import Cluster, connected, reading, written
from my_project.db.retry import run_transaction
from my_project.db.session import transaction
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

WORKERS = 8
HOT = 0  # the counter that all workers add to

Unit = Callable[[AsyncSession], Awaitable[None]]


async def once(cluster: Cluster, unit: Unit) -> None:
    """Run a unit of work once."""
    async with transaction(cluster.writing) as session:
        await unit(session)


async def again(cluster: Cluster, unit: Unit) -> None:
    """Run a unit of work as the project does."""
    await run_transaction(cluster.writing, unit)


async def race(run: Callable[[Cluster, Unit], Awaitable[None]], cluster: Cluster, units: int) -> Tally:
    """Do what one worker does: add to the one row."""

    async def increment(session: AsyncSession) -> None:
        await session.execute(counted(HOT))

    tally = Tally()
    for _ in range(units):
        try:
            await run(cluster, increment)
        except OperationalError as error:
            tally.errors[str(error.orig)] += 1
        else:
            tally.committed += 1
    return tally


async def races(units: int, clusters: list[Cluster]) -> None:
    """Let workers on all nodes add to one row, without another attempt and with it; report both."""
    value = 0
    for run in (once, again):
        workers = [race(run, clusters[number % len(clusters)], units) for number in range(WORKERS)]
        tallies = await asyncio.gather(*workers)
        before, value = value, await current_value(clusters[0])
        report(tallies, value - before)


async def current_value(cluster: Cluster) -> int:
    """Return what the row that all add to says."""
    async with reading(cluster, after=await written(cluster)) as session:
        return int((await session.get_one(Counter, HOT)).value)


async def is_stale(cluster: Cluster, *, with_token: bool) -> bool:
    """Write something, and return whether a reader then does not see it."""
    operation = uuid.uuid4().hex

    async def write(session: AsyncSession) -> None:
        session.add(Entry(operation=operation))

    await run_transaction(cluster.writing, write)
    async with reading(cluster, after=await written(cluster) if with_token else None) as session:
        return await session.scalar(select(Entry.id).where(Entry.operation == operation)) is None


async def reads(units: int, url: str, read_url: str) -> None:
    """Read what was just written, on another node, with a token and without; report how often it was not there."""
    async with connected(url, read_url=read_url) as cluster:
        found = [
            (await is_stale(cluster, with_token=True), await is_stale(cluster, with_token=False)) for _ in range(units)
        ]
    with_token, without = zip(*found, strict=True)
    print(json.dumps({"with a token": sum(with_token), "without": sum(without)}))


async def main(what: str, units: str, *urls: str) -> None:
    """Race, or read."""
    if what == "reads":
        await reads(int(units), *urls)
    else:
        async with AsyncExitStack() as stack:
            await races(int(units), [await stack.enter_async_context(connected(url)) for url in urls])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
