"""Reading: one row is one object, what it does not notice, and how many rows one expects."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Sample


@pytest.fixture
async def sample(session: AsyncSession) -> Sample:
    """A row, and the object that the session has for it."""
    sample = Sample(name="one")
    session.add(sample)
    await session.flush()
    return sample


async def test_a_row_is_one_object_which_an_update_statement_reaches(session: AsyncSession, sample: Sample) -> None:
    found = (await session.scalars(select(Sample))).one()
    await session.execute(update(Sample).values(name="two"))

    assert found is sample
    assert sample.name == "two"


async def test_sql_as_text_reaches_an_object_only_when_populated(session: AsyncSession, sample: Sample) -> None:
    await session.execute(text("UPDATE samples SET name = 'two'"))

    assert (await session.scalars(select(Sample))).one().name == "one"
    populated = select(Sample).execution_options(populate_existing=True)
    assert (await session.scalars(populated)).one().name == "two"


async def test_one_says_when_there_are_more_rows_and_first_does_not(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        session.add_all([Sample(name="one"), Sample(name="two")])

    async with sessions() as session:
        assert (await session.scalars(select(Sample.name).order_by(Sample.name))).first() == "one"
        with pytest.raises(MultipleResultsFound):
            (await session.scalars(select(Sample.name))).one()
