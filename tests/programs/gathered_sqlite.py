"""A file for the tests of an asynchronous project on SQLite: several tasks that use one session."""
# mypy: disable-error-code="import-not-found"

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from sqlalchemy import URL, insert, select, text
from sqlalchemy.exc import PendingRollbackError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.db.samples import Sample


async def stored_by(sessions: SessionFactory) -> list[str]:
    """Store one more sample in a unit of work, and return the names of all."""
    async with transaction(sessions) as session:
        session.add(Sample(name="next"))
    async with sessions() as session:
        return list(await session.scalars(select(Sample.name).order_by(Sample.name)))


@pytest.mark.parametrize("run", range(5))
async def test_the_next_unit_of_work_stores_nothing_of_tasks_that_used_one_session(
    empty_database: URL, run: int
) -> None:
    engine = make_engine(empty_database, pool_size=1, max_overflow=0)
    async with engine.begin() as connection:
        await connection.run_sync(Sample.metadata.create_all)
    sessions = make_sessions(engine)

    with pytest.raises(SQLAlchemyError, match="A session belongs to one task"):  # noqa: PT012
        async with transaction(sessions) as session:
            if run:
                await session.scalar(select(1))
            names = [f"{run}-{number}" for number in range(5)]
            await asyncio.gather(*(session.execute(insert(Sample).values(name=name)) for name in names))

    assert await stored_by(sessions) == ["next"]
    await engine.dispose()


@pytest.mark.parametrize("opens", [transaction, lambda sessions: sessions()], ids=["transaction", "session"])
async def test_a_block_that_fails_while_a_task_uses_its_session_raises_its_error_and_keeps_no_connection(
    empty_database: URL, opens: Callable[[SessionFactory], AbstractAsyncContextManager[AsyncSession]]
) -> None:
    engine = make_engine(empty_database, pool_size=1, max_overflow=0, pool_timeout=5)
    async with engine.begin() as connection:
        await connection.run_sync(Sample.metadata.create_all)
    sessions = make_sessions(engine)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n"

    async def fail() -> None:
        await asyncio.sleep(0.05)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with opens(sessions) as session:
            await asyncio.gather(session.execute(text(numbers)), fail())

    assert await stored_by(sessions) == ["next"]
    await engine.dispose()


async def test_a_swallowed_error_of_one_of_several_tasks_is_raised(racing_sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"):  # noqa: PT012
        async with transaction(racing_sessions) as session:
            await session.scalar(select(1))
            errors = await asyncio.gather(
                *(session.execute(insert(Sample).values(name=name)) for name in "ab"),
                return_exceptions=True,
            )

    assert "A session belongs to one task" in str(errors[1])
    assert await stored_by(racing_sessions) == ["next"]
