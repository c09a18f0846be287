"""Tables in schemas, and foreign keys between them.

https://docs.sqlalchemy.org/en/21/orm/declarative_tables.html#explicit-schema-name-with-declarative-table
"""

import enum

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

DATABASES = ("postgresql",)


class State(enum.Enum):
    OPEN = "open"


class Customer(KeyMixin, Base):
    __tablename__ = "customer"
    __table_args__ = {"schema": "crm"}

    name: Mapped[str] = mapped_column(String(50), index=True)


class Order(KeyMixin, Base):
    __tablename__ = "order"
    __table_args__ = (CheckConstraint("total >= 0", name="total"), {"schema": "sales"})

    customer_id: Mapped[Key] = mapped_column(ForeignKey("crm.customer.id"), index=True, init=False)
    state: Mapped[State] = mapped_column(default=State.OPEN, server_default=State.OPEN.value)
    total: Mapped[int]
    customer: Mapped[Customer] = relationship(init=False, lazy="joined", innerjoin=True)


class Here(KeyMixin, Base):
    __tablename__ = "customer"

    order_id: Mapped[Key | None] = mapped_column(ForeignKey("sales.order.id"), index=True, default=None)


def order() -> Order:
    order = Order(total=7)
    order.customer = Customer(name="Ann")
    return order


def put(session: Session) -> None:
    session.add_all([order(), Here()])


def look(session: Session) -> None:
    assert session.scalars(select(Order).where(Order.total == 7)).one().customer.name == "Ann"
    assert session.scalars(select(Here)).one().order_id is None
