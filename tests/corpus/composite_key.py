"""A key of several columns, a foreign key of several columns to it, and the join that follows from it."""

from my_project.db.base import Base
from sqlalchemy import ForeignKeyConstraint, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload


class Flight(Base):
    __tablename__ = "flight"

    carrier: Mapped[str] = mapped_column(String(3), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    legs: Mapped[list["Leg"]] = relationship(
        back_populates="flight", cascade="all, delete-orphan", init=False, default_factory=list, lazy="raise_on_sql",
        order_by="Leg.position",
    )  # fmt: skip


class Leg(Base):
    __tablename__ = "leg"
    __table_args__ = (
        ForeignKeyConstraint(["carrier", "number"], ["flight.carrier", "flight.number"], ondelete="CASCADE"),
    )

    carrier: Mapped[str] = mapped_column(String(3), primary_key=True, init=False)
    number: Mapped[int] = mapped_column(primary_key=True, init=False, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    flight: Mapped[Flight] = relationship(back_populates="legs", init=False, lazy="raise_on_sql")


def flight() -> Flight:
    flight = Flight(carrier="SK", number=4035)
    flight.legs += [Leg(position=2), Leg(position=1)]
    return flight


def put(session: Session) -> None:
    session.add(flight())


def look(session: Session) -> None:
    found = session.get_one(Flight, ("SK", 4035), options=[selectinload(Flight.legs)])
    assert [leg.position for leg in found.legs] == [1, 2]
    del found.legs[0]
    session.flush()
    assert session.scalars(select(Leg.position)).all() == [2]


async def use_async(session: AsyncSession) -> None:
    session.add(flight())
    await session.flush()
    session.expunge_all()
    found = await session.get_one(Flight, ("SK", 4035), options=[selectinload(Flight.legs)])
    assert [leg.position for leg in found.legs] == [1, 2]
