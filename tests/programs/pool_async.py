"""A file for the tests of an asynchronous project with any database: its pool, sessions and retries."""
# mypy: disable-error-code="import-not-found"

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from my_project.db.retry import run_transaction
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from sqlalchemy import URL, literal, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from tests.db.samples import Counter, Sample


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


async def test_arguments_can_be_given_by_their_names(database_url: URL) -> None:
    engine = make_engine(url=database_url)
    sessions = make_sessions(engine=engine)

    async def work(session: AsyncSession) -> object:
        return await session.scalar(select(1))

    assert await run_transaction(sessions=sessions, work=work) == 1
    await engine.dispose()


async def test_a_statement_is_compiled_once_for_all_its_values(database_url: URL) -> None:
    engine = make_engine(database_url)
    cache: dict[Any, Any] = {}
    async with engine.connect() as connection:
        await connection.execution_options(compiled_cache=cache)
        for value in (1, 2):
            assert await connection.scalar(select(literal(value))) == value
    await engine.dispose()

    assert len(cache) == 1


async def test_a_session_cannot_be_used_after_its_unit_of_work(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        await session.scalar(select(1))

    with pytest.raises(InvalidRequestError, match="closed"):
        await session.scalar(select(1))


async def test_the_objects_of_a_unit_that_was_rolled_back_are_stored_by_the_next_one(sessions: SessionFactory) -> None:
    sample = Sample(name="tried twice")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with transaction(sessions) as session:
            session.add(sample)
            await session.flush()
            raise ZeroDivisionError

    async with transaction(sessions) as session:
        session.add(sample)

    async with sessions() as session:
        assert (await session.scalars(select(Sample.name))).all() == ["tried twice"]


async def test_a_retry_raises_instead_of_losing_a_change_that_was_made_before_it(sessions: SessionFactory) -> None:
    counter = Counter()
    async with transaction(sessions) as session:
        session.add(counter)
    async with transaction(sessions) as session:
        (await session.get_one(Counter, counter.id)).value = 1

    async def work(session: AsyncSession) -> None:
        session.add(counter)

    counter.value = 2
    with pytest.raises(InvalidRequestError, match="Read the row inside of `work`"):
        await run_transaction(sessions, work)

    async with sessions() as session:
        assert await session.scalar(select(Counter.value)) == 1


@pytest.mark.parametrize("makes", [make_sessions, async_sessionmaker], ids=["ours", "of-sqlalchemy"])
async def test_a_failed_unit_of_work_rolls_back_and_gives_its_connection_back(
    makes: Callable[[AsyncEngine], SessionFactory], empty_database: URL
) -> None:
    engine = make_engine(empty_database, pool_size=1, max_overflow=0, pool_timeout=2)
    async with engine.begin() as connection:
        await connection.run_sync(Sample.metadata.create_all)

    async def fail(*, connected: bool) -> None:
        async with transaction(makes(engine)) as session:
            if connected:
                session.add(Sample(name="lost"))
                await session.flush()
            raise ZeroDivisionError

    for connected in (True, False, True):
        with pytest.raises(ZeroDivisionError):
            await fail(connected=connected)
    async with transaction(makes(engine)) as session:
        assert list(await session.scalars(select(Sample.name))) == []
    await engine.dispose()


async def test_a_unit_of_work_lets_other_tasks_run_and_does_not_wait(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    async with transaction(sessions) as session:
        await session.scalar(select(1))

    assert waits == [0]


async def test_each_retry_waits_for_a_short_random_time_that_may_double(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def work(_session: AsyncSession) -> None:
        raise StaleDataError("always")

    monkeypatch.setattr("asyncio.sleep", sleep)
    with pytest.raises(StaleDataError):
        await run_transaction(sessions, work, attempts=6)

    assert len(waits) == len(set(waits)) == 5
    assert all(0 < wait < 0.02 * 2**number for number, wait in enumerate(waits))
