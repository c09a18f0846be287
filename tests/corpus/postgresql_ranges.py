"""Ranges, multiranges, and a constraint that no two of them overlap.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#range-and-multirange-types
"""

import datetime as dt

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE, INT4RANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)
BY_HAND = ("CREATE EXTENSION IF NOT EXISTS btree_gist",)
OBJECTIONS = {"test_no_revision_loses_rows": "booking.room, booking.during: add it to SPECIAL"}
NINE = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)


class Booking(KeyMixin, Base):
    __tablename__ = "booking"

    room: Mapped[int]
    during: Mapped[Range[dt.datetime]] = mapped_column(TSTZRANGE)
    seats: Mapped[Range[int] | None] = mapped_column(INT4RANGE, default=None)
    days: Mapped[list[Range[dt.date]] | None] = mapped_column(DATEMULTIRANGE, default=None)

    __table_args__ = (ExcludeConstraint(("room", "="), ("during", "&&"), name="no_overlap", using="gist"),)


def booking(room: int = 1) -> Booking:
    return Booking(room=room, during=Range(NINE, NINE + dt.timedelta(hours=1)), seats=Range(1, 5))


def put(session: Session) -> None:
    session.add_all([booking(), booking(2)])


def look(session: Session) -> None:
    found = session.scalars(select(Booking).where(Booking.during.contains(NINE), Booking.room == 1)).one()
    assert found.seats == Range(1, 5)
    assert found.during.upper == NINE + dt.timedelta(hours=1)
    found.days = [Range(dt.date(2026, 1, 1), dt.date(2026, 1, 3))]
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(booking())


async def use_async(session: AsyncSession) -> None:
    session.add(booking())
    await session.flush()
    assert (await session.scalars(select(Booking.during))).one().lower == NINE
