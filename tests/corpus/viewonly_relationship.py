"""Relationships that only read: some of the children, and the latest of them.

https://docs.sqlalchemy.org/en/21/orm/join_conditions.html#relationship-to-aliased-class
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship


class Reading(KeyMixin, Base):
    __tablename__ = "reading"

    meter_id: Mapped[Key] = mapped_column(ForeignKey("meter.id"), index=True)
    value: Mapped[int]


class Meter(KeyMixin, Base):
    __tablename__ = "meter"

    name: Mapped[str]
    high: Mapped[list[Reading]] = relationship(
        primaryjoin=lambda: (Meter.id == Reading.meter_id) & (Reading.value > 10),
        viewonly=True,
        order_by=Reading.value,
        init=False,
        lazy="selectin",
    )


place = func.row_number().over(partition_by=Reading.meter_id, order_by=Reading.id.desc()).label("place")
ranked = select(Reading, place).subquery()
Latest = aliased(Reading, select(ranked).where(ranked.c.place == 1).subquery())
# As documented, after both classes.
Meter.latest = relationship(
    Latest, primaryjoin=Meter.id == Latest.meter_id, viewonly=True, uselist=False, lazy="selectin"
)


def put(session: Session) -> None:
    meter = Meter(name="m")
    session.add(meter)
    session.flush()
    for value in (7, 30, 20):
        session.add(Reading(meter_id=meter.id, value=value))
        session.flush()


def look(session: Session) -> None:
    meter = session.scalars(select(Meter)).one()
    assert [reading.value for reading in meter.high] == [20, 30]
    assert vars(meter)["latest"].value == 20


async def use_async(session: AsyncSession) -> None:
    await session.run_sync(put)
    session.expunge_all()
    meter = (await session.scalars(select(Meter))).one()
    assert [reading.value for reading in meter.high] == [20, 30]
