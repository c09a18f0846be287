"""Optimistic locking by PostgreSQL's own xmin.

https://docs.sqlalchemy.org/en/21/orm/versioning.html#server-side-version-counters
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import FetchedValue, select
from sqlalchemy.dialects.postgresql import OID
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Stock(KeyMixin, Base):
    __tablename__ = "stock"

    amount: Mapped[int]
    xmin: Mapped[int] = mapped_column(OID, system=True, server_default=FetchedValue(), init=False)

    __mapper_args__ = {"version_id_col": xmin, "version_id_generator": False}


def put(session: Session) -> None:
    session.add(Stock(amount=1))


def look(session: Session) -> None:
    stock = session.scalars(select(Stock)).one()
    before = stock.xmin
    stock.amount = 2
    session.flush()
    assert stock.xmin != before
