"""A materialized view, refreshed by hand.

https://docs.sqlalchemy.org/en/21/core/metadata.html#metadata-create-view
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session
from sqlalchemy.sql.ddl import CreateView

DATABASES = ("postgresql",)


class Sale(KeyMixin, Base):
    __tablename__ = "sale"

    amount: Mapped[int]


total = CreateView(select(func.sum(Sale.amount).label("amount")), "total", metadata=Base.metadata, materialized=True)


def put(session: Session) -> None:
    session.add_all([Sale(amount=1), Sale(amount=2)])


def look(session: Session) -> None:
    assert session.scalars(select(total.table.c.amount)).one() is None
    session.connection().exec_driver_sql("REFRESH MATERIALIZED VIEW total")
    assert session.scalars(select(total.table.c.amount)).one() == 3
