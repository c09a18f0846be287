"""A sequence that gives numbers: called by the INSERT, or as a default in the database.

https://docs.sqlalchemy.org/en/21/core/defaults.html#associating-a-sequence-as-the-server-side-default
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import BigInteger, Integer, Sequence, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)

cart_number = Sequence("cart_number", start=100, metadata=Base.metadata)
invoice_number = Sequence("invoice_number", start=500, metadata=Base.metadata)


class Cart(KeyMixin, Base):
    __tablename__ = "cart"

    number: Mapped[int] = mapped_column(BigInteger, cart_number, init=False)
    invoice: Mapped[int] = mapped_column(
        Integer, invoice_number, server_default=invoice_number.next_value(), init=False
    )


def put(session: Session) -> None:
    cart = Cart()
    session.add(cart)
    session.flush()
    assert (cart.number, cart.invoice) == (100, 500)


def look(session: Session) -> None:
    session.execute(text("INSERT INTO cart (number) VALUES (7)"))
    assert sorted(session.scalars(select(Cart.invoice))) == [500, 501]
