"""Run units of work that swallow an error: `swallowed_async.py CELLS WAY…` prints each as JSON; see `swallowing.py`."""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec

from fastapi import FastAPI
from fastapi.testclient import TestClient
from my_project.db.base import Base
from my_project.db.retry import run_transaction
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from my_project.web.app import make_app
from my_project.web.settings import WebSettings
from my_project.web.units import WriteSession
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from swallowing import DATABASE, RIVAL, SLOW, URL, Case, Item, Lock, MarkedItem, cases, report, said

SWALLOWED = (SQLAlchemyError, UnicodeEncodeError, TimeoutError)


async def write(session: AsyncSession, case: Case, label: str) -> None:
    """Store a row, and note that the statement has reported it."""
    session.add(Item(name=f"{case.name} {label}"))
    await session.flush()
    case.reported.append(f"{case.name} {label}")


@asynccontextmanager
async def savepoint(session: AsyncSession, case: Case) -> AsyncGenerator[None]:
    """Open a savepoint and store a row in it; an exception that leaves the block undoes both."""
    before = len(case.reported)
    try:
        async with session.begin_nested():
            await write(session, case, f"inner {before}")
            yield
    except BaseException:
        case.forget(before)
        raise


# What fails


async def fail(session: AsyncSession, case: Case) -> None:
    """Run what fails."""
    match case.fails:
        case "nothing":
            pass
        case "flush":
            session.add(Item(name=case.taken))
            await session.flush()
        case "insert":
            await session.execute(insert(Item).values(name=case.taken))
        case "insert of several":
            await session.execute(insert(Item), [{"name": f"{case.name} first"}, {"name": case.taken}])
        case "insert of children":
            rows = [{"name": f"{case.name} {place}", "mark": case.name} for place in ("first", "second")]
            await session.execute(insert(MarkedItem), rows)
        case "stale update":
            own = select(Item.id).where(Item.name == case.taken)
            rows = [{"id": await session.scalar(own), "name": f"{case.name} changed"}, {"id": 10**9, "name": case.name}]
            await session.execute(update(Item), rows)
        case "refused value" | "unsendable value":
            await session.execute(insert(MarkedItem), [case.unwritable])
        case "connection":
            await (await session.connection()).execute(insert(Item).values(name=case.taken))
        case "driver's statement":
            await (await session.connection()).exec_driver_sql("SELECT * FROM nowhere")
        case "cancelled":
            async with asyncio.timeout(0.005):
                await session.execute(text(SLOW))
        case _:
            await session.execute(text(case.statement))


async def swallow(session: AsyncSession, case: Case) -> None:
    """Run what fails, and catch its error: the mistake."""
    try:
        await fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)


# What follows


async def go_on(session: AsyncSession, case: Case) -> None:
    """Do what follows the error."""
    match case.then:
        case "more":
            await write(session, case, "more")
        case "more, swallowed":
            try:
                await write(session, case, "more")
            except SWALLOWED as error:
                case.swallow(error)
        case "rollback":
            await session.rollback()
        case "rollback, more":
            await session.rollback()
            await write(session, case, "more")
        case "close":
            await session.close()


# Where it fails, and where its error is caught


async def at_the_top(session: AsyncSession, case: Case) -> None:
    await swallow(session, case)
    await go_on(session, case)


async def in_a_savepoint(session: AsyncSession, case: Case) -> None:
    async with savepoint(session, case):
        await at_the_top(session, case)


async def in_two_savepoints(session: AsyncSession, case: Case) -> None:
    async with savepoint(session, case):
        await in_a_savepoint(session, case)


async def outside_of_its_savepoint(session: AsyncSession, case: Case) -> None:
    try:
        async with savepoint(session, case):
            await fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)
    await go_on(session, case)


async def between_two_savepoints(session: AsyncSession, case: Case) -> None:
    async with savepoint(session, case):
        await outside_of_its_savepoint(session, case)


async def outside_of_two_savepoints(session: AsyncSession, case: Case) -> None:
    try:
        async with savepoint(session, case), savepoint(session, case):
            await fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)
    await go_on(session, case)


async def in_a_savepoint_that_stays_open(session: AsyncSession, case: Case) -> None:
    await session.begin_nested()
    await write(session, case, "inner")
    await at_the_top(session, case)


async def before_nested_rollback(session: AsyncSession, case: Case) -> None:
    before = len(case.reported)
    nested = await session.begin_nested()
    await write(session, case, "inner")
    await swallow(session, case)
    await nested.rollback()
    case.forget(before)
    await go_on(session, case)


async def before_nested_rollback_in_its_block(session: AsyncSession, case: Case) -> None:
    before = len(case.reported)
    async with session.begin_nested() as nested:
        await write(session, case, "inner")
        await swallow(session, case)
        await nested.rollback()
        case.forget(before)
    await go_on(session, case)


async def before_nested_commit(session: AsyncSession, case: Case) -> None:
    nested = await session.begin_nested()
    await write(session, case, "inner")
    await swallow(session, case)
    await nested.commit()
    await go_on(session, case)


WHERE = {
    "at the top": at_the_top,
    "in a savepoint": in_a_savepoint,
    "in two savepoints": in_two_savepoints,
    "in a savepoint that stays open": in_a_savepoint_that_stays_open,
    "outside of its savepoint": outside_of_its_savepoint,
    "between two savepoints": between_two_savepoints,
    "outside of two savepoints": outside_of_two_savepoints,
    "before nested.rollback()": before_nested_rollback,
    "before nested.rollback() in its block": before_nested_rollback_in_its_block,
    "before nested.commit()": before_nested_commit,
}


async def work(session: AsyncSession, case: Case) -> str:
    """Do the work of a case."""
    await prepare(session, case)
    await WHERE[case.where](session, case)
    if case.then == "later":
        await write(session, case, "later")
    return str(case.name)


async def prepare(session: AsyncSession, case: Case) -> None:
    """Store the first row, and let a rival do what the failure needs."""
    if case.fails == "stale snapshot":
        await session.execute(select(Lock))
        RIVAL.change()
        return
    await write(session, case, "outer")
    if case.fails == "deadlock":
        if DATABASE == "postgresql":  # the first one to look for deadlocks is the one that fails
            await session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        await session.execute(text("UPDATE swallowed_locks SET value = 1 WHERE id = 2"))
        RIVAL.clash()


# The ways through


async def by_transaction(sessions: SessionFactory, case: Case) -> None:
    async with transaction(sessions) as session:
        await work(session, case)


async def by_run_transaction(sessions: SessionFactory, case: Case) -> None:
    await run_transaction(sessions, lambda session: work(session, case), attempts=1)


async def by_idempotency_key(sessions: SessionFactory, case: Case) -> None:
    key = str(case.number)
    result = await run_transaction(sessions, lambda session: work(session, case), attempts=1, idempotency_key=key)
    case.again = "the same result" if result == case.name else f"{result} instead of {case.name}"

    async def again(_session: AsyncSession) -> str:
        case.again = "done twice"
        return str(case.name)

    assert await run_transaction(sessions, again, idempotency_key=key) == case.name


async def by_run_sync(sessions: SessionFactory, case: Case) -> None:
    from swallowed_sync import work as blocking

    async with transaction(sessions) as session:
        await session.run_sync(blocking, case)


WAYS: dict[str, Callable[[SessionFactory, Case], Awaitable[None]]] = {
    "transaction": by_transaction,
    "run_transaction": by_run_transaction,
    "idempotency key": by_idempotency_key,
    "run_sync": by_run_sync,
}


async def run(way: Callable[[Case], Awaitable[None]], case: Case) -> None:
    """Run a case, and note what it raises."""
    began = time.monotonic()
    try:
        await way(case)
    except Exception as error:  # noqa: BLE001 - whatever it is, the table knows what it may be
        case.error = said(error)
    case.seconds = time.monotonic() - began
    RIVAL.part()


async def run_requests(cases: list[Case]) -> None:
    """Run each case in a request to the web application."""
    app: FastAPI = make_app(WebSettings.load())

    @app.post("/cases/{place}")
    async def unit(place: int, session: WriteSession) -> str:
        return await work(session, cases[place])

    with TestClient(app) as client:
        for place, case in enumerate(cases):

            async def request(case: Case, path: str = f"/cases/{place}") -> None:
                response = await asyncio.to_thread(client.post, path)
                if response.status_code != 200:
                    case.error = f"{response.status_code}: {response.text}"

            await run(request, case)


@asynccontextmanager
async def clusters_sessions(sessions: SessionFactory) -> AsyncGenerator[SessionFactory]:
    """Return the session factory for the retrying runner: a cluster's, in a project for one."""
    if find_spec("my_project.db.cluster") is None:
        yield sessions
        return
    from my_project.db.cluster.sessions import connected

    async with connected(URL) as cluster:
        yield cluster.writing


async def main(cells: str, *throughs: str) -> None:
    """Run all cases, and report."""
    engine = make_engine(URL)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.execute(insert(Lock), [{"id": number, "value": 0} for number in [1, 2, 3, *range(100, 150)]])
    if DATABASE != "sqlite":
        RIVAL.hold()
    found = cases(cells, list(throughs))
    sessions = make_sessions(engine)
    async with clusters_sessions(sessions) as writing:
        for case in found:
            if case.through in WAYS:
                takes_keys = case.through in ("run_transaction", "idempotency key")
                await run(partial(WAYS[case.through], writing if takes_keys else sessions), case)
    await run_requests([case for case in found if case.through == "web"])
    await engine.dispose()
    report(found)
    RIVAL.release()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
