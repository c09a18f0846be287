"""Reading: one row is one object, what it does not notice, and how many rows one expects."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.probes import Probe


@pytest.fixture
async def probe(session: AsyncSession) -> Probe:
    """A row, and the object that the session has for it."""
    probe = Probe(name="one")
    session.add(probe)
    await session.flush()
    return probe


async def test_a_row_is_one_object_which_an_update_statement_reaches(session: AsyncSession, probe: Probe) -> None:
    found = (await session.scalars(select(Probe))).one()
    await session.execute(update(Probe).values(name="two"))

    assert found is probe
    assert probe.name == "two"


async def test_sql_as_text_reaches_an_object_only_when_populated(session: AsyncSession, probe: Probe) -> None:
    await session.execute(text("UPDATE probes SET name = 'two'"))

    assert (await session.scalars(select(Probe))).one().name == "one"
    populated = select(Probe).execution_options(populate_existing=True)
    assert (await session.scalars(populated)).one().name == "two"


async def test_one_says_when_there_are_more_rows_and_first_does_not(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        session.add_all([Probe(name="one"), Probe(name="two")])

    async with sessions() as session:
        assert (await session.scalars(select(Probe.name).order_by(Probe.name))).first() == "one"
        with pytest.raises(MultipleResultsFound):
            (await session.scalars(select(Probe.name))).one()
