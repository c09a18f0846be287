"""The pool of an asynchronous engine, among the tests of a project."""
# mypy: disable-error-code="import-not-found"

import asyncio

from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy import URL, select


async def test_a_task_that_waits_for_a_connection_gets_it_before_the_one_that_had_it(database_url: URL) -> None:
    engine = make_engine(database_url, pool_size=1, max_overflow=0)
    sessions, order = make_sessions(engine), []

    async def work(name: str) -> None:
        for _ in range(4):
            async with transaction(sessions) as session:
                await session.scalar(select(1))
            order.append(name)

    await asyncio.gather(work("a"), work("b"))
    await engine.dispose()

    assert order == ["a", "b"] * 4
