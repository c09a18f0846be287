"""Units of work that conflict: which errors are retried, and how often."""

from asyncio import TaskGroup

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter

WORKERS, INCREMENTS = 4, 10


async def test_no_increment_is_lost_when_units_of_work_race(racing_sessions: SessionFactory) -> None:
    async with transaction(racing_sessions) as session:
        counter = Counter()
        session.add(counter)

    async def increment(session: AsyncSession) -> None:
        raced = await session.get_one(Counter, counter.id)
        raced.value += 1

    async def worker() -> None:
        for _ in range(INCREMENTS):
            await run_transaction(racing_sessions, increment, attempts=50)

    async with TaskGroup() as tasks:
        for _ in range(WORKERS):
            tasks.create_task(worker())

    async with racing_sessions() as session:
        assert await session.scalar(select(Counter.value)) == WORKERS * INCREMENTS


async def test_a_unit_that_lost_once_runs_again_in_a_new_session(sessions: SessionFactory) -> None:
    seen: list[AsyncSession] = []

    async def work(session: AsyncSession) -> str:
        seen.append(session)
        if len(seen) == 1:
            raise StaleDataError("another unit of work was faster")
        return "done"

    assert await run_transaction(sessions, work) == "done"
    assert len(seen) == 2
    assert seen[0] is not seen[1]


@pytest.mark.parametrize(("error", "attempts"), [(StaleDataError("always"), 3), (ValueError("not a conflict"), 1)])
async def test_the_last_error_is_raised_and_one_that_is_no_conflict_at_once(
    sessions: SessionFactory, error: Exception, attempts: int
) -> None:
    calls: list[AsyncSession] = []

    async def work(session: AsyncSession) -> None:
        calls.append(session)
        raise error

    with pytest.raises(type(error)):
        await run_transaction(sessions, work, attempts=3)
    assert len(calls) == attempts
