"""Columns that the database computes, stored; nullable, because MariaDB knows no NOT NULL for them.

https://docs.sqlalchemy.org/en/21/core/defaults.html#computed-columns-generated-always-as
"""

from decimal import Decimal

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Computed, Numeric, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column


class Square(KeyMixin, Base):
    __tablename__ = "square"

    side: Mapped[int]
    area: Mapped[int] = mapped_column(Computed("side * side", persisted=True), nullable=True, init=False)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    gross: Mapped[Decimal] = mapped_column(
        Numeric(12, 2), Computed("price * 2", persisted=True), nullable=True, init=False
    )
    name: Mapped[str] = mapped_column(String(20))
    folded: Mapped[str] = mapped_column(
        String(20), Computed("lower(name)", persisted=True), nullable=True, init=False, index=True
    )
    spaced: Mapped[str] = mapped_column(
        String(20), Computed(r"replace(name, 'g', ' \:g 5%')", persisted=True), nullable=True, init=False
    )


def put(session: Session) -> None:
    square = Square(side=4, price=Decimal("1.25"), name="Big")
    session.add(square)
    session.flush()
    assert square.area == 16


def look(session: Session) -> None:
    square = session.scalars(select(Square).where(Square.folded == "big")).one()
    assert (square.area, square.gross, square.spaced) == (16, Decimal("2.50"), "Bi :g 5%")
    square.side = 5
    session.flush()
    assert square.area == 25


async def use_async(session: AsyncSession) -> None:
    square = Square(side=4, price=Decimal("1.25"), name="Big")
    session.add(square)
    await session.flush()
    square.side = 5
    await session.flush()
    assert (square.area, square.folded) == (25, "big")
