"""Types and whole columns under names of their own.

https://docs.sqlalchemy.org/en/21/orm/declarative_tables.html#mapping-whole-column-declarations-to-python-types
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.types import utcnow
from sqlalchemy import Numeric, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

Name = Annotated[str, mapped_column(String(50))]
Money = Annotated[Decimal, mapped_column(Numeric(12, 2))]
Now = Annotated[datetime, mapped_column(server_default=utcnow(), init=False)]


class Product(KeyMixin, Base):
    __tablename__ = "product"

    name: Mapped[Name] = mapped_column(unique=True)
    nick: Mapped[Name | None] = mapped_column(default=None)
    price: Mapped[Money]
    made_at: Mapped[Now] = mapped_column(init=False)


def put(session: Session) -> None:
    product = Product(name="tea", price=Decimal("1.25"))
    session.add(product)
    session.flush()
    assert product.made_at.tzinfo is not None


def look(session: Session) -> None:
    product = session.scalars(select(Product)).one()
    assert (product.name, product.nick, product.price) == ("tea", None, Decimal("1.25"))
    assert Product.__table__.c.nick.nullable
