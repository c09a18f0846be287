"""Tests of column types: each database returns the value that was stored."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction
from {{ cookiecutter.package_name }}.db.types import utcnow

from tests.db.samples import Color, Sample

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        # beyond 2038, where some types end
        ("at", datetime(2040, 2, 29, 23, 59, 59, 123456, tzinfo=timezone(9 * HOUR))),
        ("amount", Decimal("12345678.123456")),
        ("color", Color.RED),
        ("data", bytes(range(256)) * 300),  # more than a BLOB of MySQL holds
        ("document", None),
        ("name", "naïve 日本語 🐘 'quote' \\ %s"),
    ],
)
async def test_a_value_comes_back_and_finds_its_row(session: AsyncSession, column: str, value: Any) -> None:
    values: dict[str, Any] = {"name": "row", column: value}
    sample = Sample(**values)
    session.add(sample)
    await session.flush()
    await session.refresh(sample)

    assert getattr(sample, column) == value
    found = select(Sample).where(getattr(Sample, column) == value)
    assert (await session.scalars(found)).one() is sample


async def test_a_change_inside_a_json_column_is_saved(sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        sample = Sample(name="document", document={"count": 1})
        session.add(sample)
    async with transaction(sessions) as session:
        session.add(sample)
        assert sample.document is not None
        sample.document["count"] = 2

    async with sessions() as session:
        assert (await session.scalars(select(Sample.document))).one() == {"count": 2}


async def test_a_naive_datetime_is_refused_with_what_to_write_instead(session: AsyncSession) -> None:
    session.add(Sample(name="naive", at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match=r"naive datetime .* datetime\.now\(UTC\)"):
        await session.flush()


async def test_server_time_is_in_utc_and_finds_the_rows_that_it_stamped(session: AsyncSession) -> None:
    sample = Sample(name="now")
    session.add(sample)
    await session.flush()

    assert abs(sample.created_at - datetime.now(UTC)) < HOUR
    assert (await session.scalars(select(Sample).where(Sample.created_at == sample.created_at))).one() is sample
    recent = Sample.created_at.between(datetime.now(UTC) - HOUR, utcnow())
    assert (await session.scalars(select(Sample).where(recent))).one() is sample
