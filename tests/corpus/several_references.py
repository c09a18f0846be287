"""Two references to one table, and which of them a relationship means.

https://docs.sqlalchemy.org/en/21/orm/join_conditions.html#handling-multiple-join-paths
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, aliased, contains_eager, mapped_column, relationship


class Address(KeyMixin, Base):
    __tablename__ = "address"

    street: Mapped[str]


class Customer(KeyMixin, Base):
    __tablename__ = "customer"

    billing_id: Mapped[Key] = mapped_column(ForeignKey("address.id"), index=True, init=False)
    shipping_id: Mapped[Key] = mapped_column(ForeignKey("address.id"), index=True, init=False)
    billing: Mapped[Address] = relationship(foreign_keys=[billing_id], init=False, lazy="raise_on_sql")
    shipping: Mapped[Address] = relationship(foreign_keys="Customer.shipping_id", init=False, lazy="raise_on_sql")


def put(session: Session) -> None:
    customer = Customer()
    customer.billing, customer.shipping = Address(street="B"), Address(street="S")
    session.add(customer)


def look(session: Session) -> None:
    billing, shipping = aliased(Address), aliased(Address)
    customer = session.scalars(
        select(Customer)
        .join(Customer.billing.of_type(billing))
        .join(Customer.shipping.of_type(shipping))
        .where(billing.street == "B", shipping.street == "S")
        .options(contains_eager(Customer.billing.of_type(billing)), contains_eager(Customer.shipping.of_type(shipping)))
    ).one()
    assert (customer.billing.street, customer.shipping.street) == ("B", "S")
