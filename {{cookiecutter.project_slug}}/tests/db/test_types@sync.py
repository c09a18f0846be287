"""Tests of column types: each database returns the value that was stored."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

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
def test_a_value_comes_back_and_finds_its_row(session: Session, column: str, value: Any) -> None:
    values: dict[str, Any] = {"name": "row", column: value}
    sample = Sample(**values)
    session.add(sample)
    session.flush()
    session.refresh(sample)

    assert getattr(sample, column) == value
    found = select(Sample).where(getattr(Sample, column) == value)
    assert session.scalars(found).one() is sample


def test_a_change_inside_a_json_column_is_saved(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        sample = Sample(name="document", document={"count": 1})
        session.add(sample)
    with transaction(sessions) as session:
        session.add(sample)
        assert sample.document is not None
        sample.document["count"] = 2

    with sessions() as session:
        assert session.scalars(select(Sample.document)).one() == {"count": 2}


def test_a_naive_datetime_is_refused_with_what_to_write_instead(session: Session) -> None:
    session.add(Sample(name="naive", at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match=r"naive datetime .* datetime\.now\(UTC\)"):
        session.flush()


def test_server_time_is_in_utc_and_finds_the_rows_that_it_stamped(session: Session) -> None:
    sample = Sample(name="now")
    session.add(sample)
    session.flush()

    assert abs(sample.created_at - datetime.now(UTC)) < HOUR
    assert session.scalars(select(Sample).where(Sample.created_at == sample.created_at)).one() is sample
    recent = Sample.created_at.between(datetime.now(UTC) - HOUR, utcnow())
    assert session.scalars(select(Sample).where(recent)).one() is sample
