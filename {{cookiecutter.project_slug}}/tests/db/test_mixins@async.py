"""Tests of the timestamps and the version of a row."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter, Sample
from tests.statements import recorded

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def test_updated_at_follows_each_change_and_is_readable_after_the_commit_without_a_statement(
    engine: AsyncEngine, sessions: SessionFactory
) -> None:
    async with transaction(sessions) as session:
        sample = Sample(name="before")
        session.add(sample)
        await session.flush()
        sample.updated_at = LONG_AGO
    created_at = sample.created_at
    assert sample.updated_at == LONG_AGO

    async with transaction(sessions) as session:
        session.add(sample)
        sample.name = "after"
    with recorded(engine.sync_engine) as statements:
        assert sample.updated_at >= created_at

    assert sample.created_at == created_at
    assert statements == []


async def test_optimistic_locking_refuses_the_second_of_two_changes(session: AsyncSession) -> None:
    counter = Counter()
    session.add(counter)
    await session.flush()
    assert counter.version_id == 1
    # another unit of work got there first
    changed = update(Counter).values(value=1, version_id=Counter.version_id + 1)
    await session.execute(changed, execution_options={"synchronize_session": False})

    counter.value = 2

    with pytest.raises(StaleDataError):
        await session.flush()
