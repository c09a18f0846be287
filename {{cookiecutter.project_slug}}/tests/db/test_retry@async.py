"""Lost races: units of work that run again, and errors that are not repeated."""

from asyncio import TaskGroup

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import is_retryable, run_transaction
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


async def test_a_unit_returns_its_result_after_the_commit(sessions: SessionFactory) -> None:
    async def make(session: AsyncSession) -> Counter:
        counter = Counter(value=7)
        session.add(counter)
        return counter

    counter = await run_transaction(sessions, make)

    async with sessions() as session:
        assert await session.scalar(select(Counter.value).where(Counter.id == counter.id)) == 7


async def test_a_unit_that_lost_once_runs_again_in_a_new_session(sessions: SessionFactory) -> None:
    seen: list[AsyncSession] = []

    async def work(session: AsyncSession) -> str:
        seen.append(session)
        if len(seen) == 1:
            raise StaleDataError("somebody else was faster")
        return "done"

    assert await run_transaction(sessions, work) == "done"
    assert len(seen) == 2
    assert seen[0] is not seen[1]


async def test_a_unit_that_always_loses_raises_the_last_error(sessions: SessionFactory) -> None:
    calls: list[AsyncSession] = []

    async def work(session: AsyncSession) -> None:
        calls.append(session)
        raise StaleDataError("somebody else was faster")

    with pytest.raises(StaleDataError):
        await run_transaction(sessions, work, attempts=3)
    assert len(calls) == 3


def test_a_connection_that_broke_is_no_lost_race_whatever_the_error_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.db.dialect.is_retryable", lambda error: True)

    assert is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock")))
    assert not is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock"), connection_invalidated=True))


async def test_an_error_that_is_no_lost_race_is_raised_at_once(sessions: SessionFactory) -> None:
    calls: list[AsyncSession] = []

    async def work(session: AsyncSession) -> None:
        calls.append(session)
        raise ValueError("a mistake does not get better by repeating it")

    with pytest.raises(ValueError, match="a mistake"):
        await run_transaction(sessions, work)
    assert len(calls) == 1
