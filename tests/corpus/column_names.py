"""Attributes that are named otherwise than their columns, and synonyms of attributes.

https://docs.sqlalchemy.org/en/21/orm/declarative_tables.html#naming-declarative-mapped-columns-explicitly
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, synonym


class Legacy(KeyMixin, Base):
    __tablename__ = "TBL_Legacy"
    __table_args__ = (UniqueConstraint("CUST_NAME", "order"), Index(None, "order"))

    name: Mapped[str] = mapped_column("CUST_NAME", String(50))
    position: Mapped[int] = mapped_column("order")
    percent: Mapped[int] = mapped_column("share in %", server_default="0", init=False)
    title: Mapped[str] = synonym("name", init=False)


def put(session: Session) -> None:
    session.add(Legacy(name="Ann", position=1))


def look(session: Session) -> None:
    row = session.scalars(select(Legacy).where(Legacy.title == "Ann").order_by(Legacy.position)).one()
    assert (row.title, row.position, row.percent) == ("Ann", 1, 0)
    row.title, row.percent = "Bob", 7
    session.flush()
    assert session.execute(select(Legacy.__table__)).mappings().one()["CUST_NAME"] == "Bob"
