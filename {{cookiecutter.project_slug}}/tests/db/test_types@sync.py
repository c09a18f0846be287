"""What goes in comes out, on every database."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction
from {{ cookiecutter.package_name }}.db.types import utcnow

from tests.db.samples import Color, Sample

TOKYO, NEW_YORK = timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))
AMOUNT = Decimal("12345678.123456")


def stored(sessions: SessionFactory, sample: Sample) -> Sample:
    """Write a sample, and read it back in another session."""
    with transaction(sessions) as session:
        session.add(sample)
    with sessions() as session:
        return session.scalars(select(Sample).where(Sample.id == sample.id)).one()


@pytest.mark.parametrize("zone", [UTC, TOKYO, NEW_YORK])
def test_an_instant_comes_back_as_the_same_instant_in_utc(sessions: SessionFactory, zone: timezone) -> None:
    instant = datetime(2040, 2, 29, 23, 59, 59, 123456, tzinfo=zone)  # beyond 2038, where some types end

    at = stored(sessions, Sample(name="at", at=instant)).at

    assert at == instant
    assert at is not None
    assert at.tzinfo is UTC


def test_a_naive_datetime_is_refused_with_what_to_write_instead(session: Session) -> None:
    session.add(Sample(name="naive", at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match=r"naive datetime .* datetime\.now\(UTC\)"):
        session.flush()


def test_a_row_is_found_by_the_same_instant_in_another_zone(session: Session) -> None:
    session.add(Sample(name="at", at=datetime(2026, 1, 1, 9, 0, tzinfo=TOKYO)))
    session.flush()

    found = session.scalars(select(Sample).where(Sample.at == datetime(2025, 12, 31, 19, 0, tzinfo=NEW_YORK)))

    assert found.one().name == "at"


def test_the_clock_of_the_database_is_in_utc(session: Session) -> None:
    now = session.scalar(select(utcnow()))

    assert now is not None
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_row_is_found_by_the_time_that_the_database_gave_it(session: Session) -> None:
    sample = Sample(name="now")
    session.add(sample)
    session.flush()

    assert session.scalars(select(Sample).where(Sample.created_at == sample.created_at)).one() is sample
    assert session.scalars(select(Sample).where(Sample.created_at <= utcnow())).one() is sample


def test_times_can_be_compared_with_a_time_ago(session: Session) -> None:
    session.add(Sample(name="recent"))
    session.flush()

    recent = select(Sample).where(Sample.created_at > datetime.now(UTC) - timedelta(hours=1))

    assert session.scalars(recent).one().name == "recent"


def test_a_timedelta_that_the_database_cannot_add_is_refused(session: Session) -> None:
    session.add(Sample(name="recent"))
    session.flush()
    hour = timedelta(hours=1)
    recent = select(Sample.name).where(Sample.created_at > utcnow() - hour, Sample.created_at < utcnow() + hour)

    if session.get_bind().dialect.name == "postgresql":
        assert session.scalar(recent) == "recent"
    else:
        with pytest.raises(StatementError, match=r"adds no timedelta to a time; .*datetime\.now\(UTC\) - timedelta"):
            session.scalar(recent)


def test_an_enum_is_stored_by_its_value(sessions: SessionFactory) -> None:
    assert stored(sessions, Sample(name="red", color=Color.RED)).color is Color.RED

    with sessions() as session:
        assert session.scalar(text("SELECT color FROM samples")) == "dark red"


def test_a_decimal_keeps_its_fraction(sessions: SessionFactory) -> None:
    assert stored(sessions, Sample(name="amount", amount=AMOUNT)).amount == AMOUNT


def test_a_change_inside_a_document_is_saved(sessions: SessionFactory) -> None:
    sample = stored(sessions, Sample(name="document", document={"count": 1}))

    with transaction(sessions) as session:
        session.add(sample)
        assert sample.document is not None
        sample.document["count"] = 2

    with sessions() as session:
        assert session.scalars(select(Sample.document)).one() == {"count": 2}


def test_a_document_that_is_none_is_null(session: Session) -> None:
    session.add(Sample(name="none", document=None))
    session.flush()

    assert session.scalar(select(func.count()).where(Sample.document.is_(None))) == 1


def test_more_bytes_than_a_blob_of_mysql_holds_come_back(sessions: SessionFactory) -> None:
    data = bytes(range(256)) * 300  # 75 KiB

    assert stored(sessions, Sample(name="data", data=data)).data == data


def test_every_character_comes_back(sessions: SessionFactory) -> None:
    name = "naïve 日本語 🐘 'quote' \\ %s"

    assert stored(sessions, Sample(name=name)).name == name
