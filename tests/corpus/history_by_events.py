"""A table of changes that is written by events of the session and of the mapper.

https://docs.sqlalchemy.org/en/21/orm/session_events.html#before-flush
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import Connection, ForeignKey, String, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column


class Price(KeyMixin, Base):
    __tablename__ = "price"

    amount: Mapped[int]
    slug: Mapped[str] = mapped_column(String(20), init=False)


class OldPrice(KeyMixin, Base):
    __tablename__ = "old_price"

    price_id: Mapped[Key] = mapped_column(ForeignKey("price.id"), index=True)
    amount: Mapped[int]


@event.listens_for(Session, "before_flush")
def keep_old(session: Session, _context: Any, _instances: Any) -> None:
    for price in session.dirty:
        if isinstance(price, Price):
            for old in inspect(price).attrs.amount.history.deleted:
                session.add(OldPrice(price_id=price.id, amount=old))


@event.listens_for(Price, "before_insert")
@event.listens_for(Price, "before_update")
def make_slug(_mapper: Mapper[Price], _connection: Connection, price: Price) -> None:
    price.slug = f"p{price.amount}"


def put(session: Session) -> None:
    session.add(Price(amount=1))


def look(session: Session) -> None:
    price = session.scalars(select(Price)).one()
    price.amount = 2
    session.flush()
    assert price.slug == "p2"
    assert session.scalars(select(OldPrice.amount)).all() == [1]


async def use_async(session: AsyncSession) -> None:
    price = Price(amount=1)
    session.add(price)
    await session.flush()
    price.amount = 2
    await session.flush()
    assert (await session.scalars(select(OldPrice.amount))).all() == [1]
