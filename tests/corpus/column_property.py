"""Attributes that are SQL expressions, selected with their row.

https://docs.sqlalchemy.org/en/21/orm/mapped_sql_expr.html#using-column-property
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, column_property, mapped_column


class Order(KeyMixin, Base):
    __tablename__ = "customer_order"

    customer_id: Mapped[Key] = mapped_column(ForeignKey("customer.id"), index=True)


class Customer(KeyMixin, Base):
    __tablename__ = "customer"

    first: Mapped[str] = mapped_column(String(50))
    last: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = column_property(first + " " + last, init=False)


# An expression that needs the class itself is added after it.
Customer.orders = column_property(
    select(func.count(Order.id)).where(Order.customer_id == Customer.id).correlate_except(Order).scalar_subquery()
)


def put(session: Session) -> None:
    customer = Customer(first="Ada", last="King")
    session.add(customer)
    session.flush()
    assert customer.name == "Ada King"
    session.add_all([Order(customer_id=customer.id), Order(customer_id=customer.id)])


def look(session: Session) -> None:
    customer = session.scalars(select(Customer).where(Customer.name == "Ada King")).one()
    assert (customer.name, vars(customer)["orders"]) == ("Ada King", 2)


async def use_async(session: AsyncSession) -> None:
    customer = Customer(first="Ada", last="King")
    session.add(customer)
    await session.flush()
    await session.refresh(customer, ["name"])  # no INSERT brings it back
    assert customer.name == "Ada King"
