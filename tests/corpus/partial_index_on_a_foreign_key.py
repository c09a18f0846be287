"""A foreign key whose only index has no rows that are done: deleting a parent still reads the whole table."""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite", "postgresql")
OBJECTIONS = {"foreign_keys_are_indexed": "item: basket_id: deleting a parent reads this whole table: add index=True"}


class Basket(KeyMixin, Base):
    __tablename__ = "basket"


class Item(KeyMixin, Base):
    __tablename__ = "item"

    basket_id: Mapped[Key] = mapped_column(ForeignKey("basket.id"))
    paid: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        Index("ix_item_unpaid", "basket_id", postgresql_where=text("NOT paid"), sqlite_where=text("NOT paid")),
    )


def put(session: Session) -> None:
    basket = Basket()
    session.add(basket)
    session.flush()
    session.add(Item(basket_id=basket.id))


def look(session: Session) -> None:
    assert len(session.scalars(select(Item)).all()) == 1
