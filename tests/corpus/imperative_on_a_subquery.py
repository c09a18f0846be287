"""A class mapped to a subquery.

https://docs.sqlalchemy.org/en/21/orm/nonstandard_mappings.html#mapping-a-class-against-arbitrary-subqueries
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Customer(KeyMixin, Base):
    __tablename__ = "customer"

    name: Mapped[str]


class Order(KeyMixin, Base):
    __tablename__ = "customer_order"

    customer_id: Mapped[Key] = mapped_column(ForeignKey("customer.id"), index=True)
    price: Mapped[int]


summary = (
    select(Customer.id, Customer.name, func.count(Order.id).label("orders"), func.max(Order.price).label("highest"))
    .join(Order)
    .group_by(Customer.id, Customer.name)
    .subquery()
)


class Summary:
    name: str
    orders: int
    highest: int


Base.registry.map_imperatively(Summary, summary, primary_key=[summary.c.id])


def put(session: Session) -> None:
    customer = Customer(name="Ann")
    session.add(customer)
    session.flush()
    session.add_all([Order(customer_id=customer.id, price=price) for price in (3, 7)])


def look(session: Session) -> None:
    found = session.scalars(select(Summary)).one()
    assert (found.name, found.orders, found.highest) == ("Ann", 2, 7)
