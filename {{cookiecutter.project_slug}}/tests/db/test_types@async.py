"""What goes in comes out, on every database."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction
from {{ cookiecutter.package_name }}.db.types import utcnow

from tests.db.samples import Color, Sample

TOKYO, NEW_YORK = timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))
AMOUNT = Decimal("12345678.123456")


async def stored(sessions: SessionFactory, sample: Sample) -> Sample:
    """Write a sample, and read it back in another session."""
    async with transaction(sessions) as session:
        session.add(sample)
    async with sessions() as session:
        return (await session.scalars(select(Sample).where(Sample.id == sample.id))).one()


@pytest.mark.parametrize("zone", [UTC, TOKYO, NEW_YORK])
async def test_an_instant_comes_back_as_the_same_instant_in_utc(sessions: SessionFactory, zone: timezone) -> None:
    instant = datetime(2040, 2, 29, 23, 59, 59, 123456, tzinfo=zone)  # beyond 2038, where some types end

    at = (await stored(sessions, Sample(name="at", at=instant))).at

    assert at == instant
    assert at is not None
    assert at.tzinfo is UTC


async def test_a_naive_datetime_is_refused_with_what_to_write_instead(session: AsyncSession) -> None:
    session.add(Sample(name="naive", at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match=r"naive datetime .* datetime\.now\(UTC\)"):
        await session.flush()


async def test_a_row_is_found_by_the_same_instant_in_another_zone(session: AsyncSession) -> None:
    session.add(Sample(name="at", at=datetime(2026, 1, 1, 9, 0, tzinfo=TOKYO)))
    await session.flush()

    found = await session.scalars(select(Sample).where(Sample.at == datetime(2025, 12, 31, 19, 0, tzinfo=NEW_YORK)))

    assert found.one().name == "at"


async def test_the_clock_of_the_database_is_in_utc(session: AsyncSession) -> None:
    now = await session.scalar(select(utcnow()))

    assert now is not None
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)


async def test_a_row_is_found_by_the_time_that_the_database_gave_it(session: AsyncSession) -> None:
    sample = Sample(name="now")
    session.add(sample)
    await session.flush()

    assert (await session.scalars(select(Sample).where(Sample.created_at == sample.created_at))).one() is sample
    assert (await session.scalars(select(Sample).where(Sample.created_at <= utcnow()))).one() is sample


async def test_times_can_be_compared_with_a_time_ago(session: AsyncSession) -> None:
    session.add(Sample(name="recent"))
    await session.flush()

    recent = select(Sample).where(Sample.created_at > datetime.now(UTC) - timedelta(hours=1))

    assert (await session.scalars(recent)).one().name == "recent"


async def test_a_timedelta_that_the_database_cannot_add_is_refused(session: AsyncSession) -> None:
    session.add(Sample(name="recent"))
    await session.flush()
    hour = timedelta(hours=1)
    recent = select(Sample.name).where(Sample.created_at > utcnow() - hour, Sample.created_at < utcnow() + hour)

    if session.get_bind().dialect.name == "postgresql":
        assert await session.scalar(recent) == "recent"
    else:
        with pytest.raises(StatementError, match=r"adds no timedelta to a time; .*datetime\.now\(UTC\) - timedelta"):
            await session.scalar(recent)


async def test_an_enum_is_stored_by_its_value(sessions: SessionFactory) -> None:
    assert (await stored(sessions, Sample(name="red", color=Color.RED))).color is Color.RED

    async with sessions() as session:
        assert await session.scalar(text("SELECT color FROM samples")) == "dark red"


async def test_a_decimal_keeps_its_fraction(sessions: SessionFactory) -> None:
    assert (await stored(sessions, Sample(name="amount", amount=AMOUNT))).amount == AMOUNT


async def test_a_change_inside_a_document_is_saved(sessions: SessionFactory) -> None:
    sample = await stored(sessions, Sample(name="document", document={"count": 1}))

    async with transaction(sessions) as session:
        session.add(sample)
        assert sample.document is not None
        sample.document["count"] = 2

    async with sessions() as session:
        assert (await session.scalars(select(Sample.document))).one() == {"count": 2}


async def test_a_document_that_is_none_is_null(session: AsyncSession) -> None:
    session.add(Sample(name="none", document=None))
    await session.flush()

    assert await session.scalar(select(func.count()).where(Sample.document.is_(None))) == 1


async def test_more_bytes_than_a_blob_of_mysql_holds_come_back(sessions: SessionFactory) -> None:
    data = bytes(range(256)) * 300  # 75 KiB

    assert (await stored(sessions, Sample(name="data", data=data))).data == data


async def test_every_character_comes_back(sessions: SessionFactory) -> None:
    name = "naïve 日本語 🐘 'quote' \\ %s"

    assert (await stored(sessions, Sample(name=name))).name == name
