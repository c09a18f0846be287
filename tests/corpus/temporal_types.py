"""Dates, times of day, durations and instants."""

import datetime as dt
import zoneinfo

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Shift(KeyMixin, Base):
    __tablename__ = "shift"

    day: Mapped[dt.date]
    begins: Mapped[dt.time]
    lasts: Mapped[dt.timedelta]
    pause: Mapped[dt.timedelta | None] = mapped_column(default=None)
    booked: Mapped[dt.datetime]


INSTANT = dt.datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))


def put(session: Session) -> None:
    session.add(
        Shift(day=dt.date(2026, 7, 1), begins=dt.time(9, 30), lasts=dt.timedelta(hours=8, minutes=15), booked=INSTANT)
    )


def look(session: Session) -> None:
    shift = session.scalars(select(Shift).where(Shift.booked <= INSTANT, Shift.day >= dt.date(2026, 7, 1))).one()
    assert (shift.begins, shift.lasts, shift.pause) == (dt.time(9, 30), dt.timedelta(hours=8, minutes=15), None)
    assert (shift.booked, shift.booked.tzinfo) == (INSTANT, dt.UTC)
    assert session.scalars(select(func.count()).where(Shift.lasts > dt.timedelta(hours=8))).one() == 1
