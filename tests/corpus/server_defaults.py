"""Values that the database makes: constants, functions and expressions; and those that Python makes."""

import datetime as dt
from decimal import Decimal

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.types import utcnow
from sqlalchemy import Numeric, String, func, insert, literal, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column


class Parcel(KeyMixin, Base):
    __tablename__ = "parcel"

    label: Mapped[str] = mapped_column(String(50), server_default="it's 100 %", init=False)
    version: Mapped[str] = mapped_column(String(10), server_default="1.0", init=False)
    empty: Mapped[str] = mapped_column(String(10), server_default="", init=False)
    fragile: Mapped[bool] = mapped_column(server_default=true(), init=False)
    count: Mapped[int] = mapped_column(server_default=text("1"), init=False)
    weight: Mapped[Decimal] = mapped_column(Numeric(8, 3), server_default="0.500", init=False)
    ratio: Mapped[float] = mapped_column(server_default=text("0.25"), init=False)
    at: Mapped[dt.datetime] = mapped_column(server_default=utcnow(), init=False)
    day: Mapped[dt.date] = mapped_column(server_default=func.current_date(), init=False)
    code: Mapped[str] = mapped_column(String(10), insert_default=lambda: "made", init=False)
    half: Mapped[int] = mapped_column(default=21, server_default="0")
    twice: Mapped[int] = mapped_column(insert_default=lambda context: context.get_current_parameters()["half"] * 2,
                                       init=False)  # fmt: skip
    sent: Mapped[int] = mapped_column(insert_default=select(literal(3)).scalar_subquery(), init=False)


def values(parcel: Parcel) -> list[object]:
    return [parcel.label, parcel.version, parcel.empty, parcel.fragile, parcel.count, parcel.weight, parcel.ratio,
            parcel.code, parcel.twice, parcel.sent]  # fmt: skip


EXPECTED = ["it's 100 %", "1.0", "", True, 1, Decimal("0.500"), 0.25, "made", 42, 3]


def put(session: Session) -> None:
    parcel = Parcel()
    session.add(parcel)
    session.flush()
    assert values(parcel) == EXPECTED


def look(session: Session) -> None:
    parcel = session.scalars(select(Parcel)).one()
    assert values(parcel) == EXPECTED
    assert parcel.at.tzinfo is not None
    session.execute(insert(Parcel).values(twice=1))
    assert session.scalars(select(Parcel.half).where(Parcel.twice == 1)).one() in (0, 21)


async def use_async(session: AsyncSession) -> None:
    parcel = Parcel()
    session.add(parcel)
    await session.flush()
    assert values(parcel) == EXPECTED
