"""Tests of units of work: commit, rollback, savepoints and swallowed errors."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from {{ cookiecutter.package_name }}.db.session import (
    SessionFactory,
    make_engine,
    make_sessions,
    transaction,
)

from tests.db.samples import Sample


async def names(session: AsyncSession) -> list[str]:
    """Return the names of all samples."""
    return list(await session.scalars(select(Sample.name).order_by(Sample.name)))


@pytest.mark.parametrize("run", [1, 2])
async def test_a_unit_of_work_commits_at_the_end_of_its_block_and_the_next_test_sees_nothing_of_it(
    sessions: SessionFactory, run: int
) -> None:
    async with sessions() as session:
        assert await names(session) == [], f"left over in run {run}"

    async with transaction(sessions) as session:
        sample = Sample(name="kept")
        session.add(sample)

    assert sample.created_at <= sample.updated_at  # objects stay readable after the commit
    async with sessions() as session:
        assert await names(session) == ["kept"]


async def test_a_unit_of_work_rolls_back_when_its_block_raises(sessions: SessionFactory) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction(sessions) as session:
            session.add(Sample(name="lost"))
            await session.flush()
            raise ZeroDivisionError

    async with sessions() as session:
        assert await names(session) == []


async def swallow_the_error_of_a_flush(session: AsyncSession) -> None:
    """Add a sample, fail to add a duplicate, and ignore the error."""
    session.add_all([Sample(name="first"), Sample(name="first")])
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_a_swallowed_flush_error_is_raised_instead_of_losing_the_unit(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"):
        async with transaction(sessions) as session:
            await swallow_the_error_of_a_flush(session)


async def test_a_swallowed_flush_error_is_raised_instead_of_losing_the_savepoint(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="the savepoint was rolled back"):
        async with transaction(sessions) as session:
            async with session.begin_nested():
                await swallow_the_error_of_a_flush(session)


async def test_a_savepoint_undoes_only_the_statement_that_failed(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        session.add(Sample(name="first"))
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                session.add(Sample(name="first"))
        session.add(Sample(name="second"))

    async with sessions() as session:
        assert await names(session) == ["first", "second"]


async def test_a_query_sees_what_was_flushed_and_refresh_keeps_what_is_pending(session: AsyncSession) -> None:
    sample = Sample(name="before")
    session.add(sample)
    assert await names(session) == []
    await session.flush()

    sample.name = "after"
    assert await names(session) == ["before"]
    await session.refresh(sample)
    assert await names(session) == ["after"]


async def test_a_read_only_engine_reads_and_refuses_to_write(engine: AsyncEngine) -> None:
    reading = make_engine(engine.url, read_only=True)
    async with make_sessions(reading)() as session:
        assert await names(session) == []

        session.add(Sample(name="refused"))
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            await session.flush()
    await reading.dispose()


async def test_the_values_of_a_row_stay_out_of_errors(session: AsyncSession) -> None:
    session.add_all([Sample(name="same", document={"password": "secret"}) for _ in range(2)])

    with pytest.raises(IntegrityError) as error:
        await session.flush()

    assert "secret" not in str(error.value)
