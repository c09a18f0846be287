"""Concrete inheritance: each class has a whole table of its own, and nothing selects from all of them.

https://docs.sqlalchemy.org/en/21/orm/inheritance.html#concrete-table-inheritance
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Document(KeyMixin, Base):
    __tablename__ = "document"

    title: Mapped[str]


class Invoice(Document):
    __tablename__ = "invoice"

    id: Mapped[Key] = mapped_column(primary_key=True, init=False)
    title: Mapped[str]
    total: Mapped[int]

    __mapper_args__ = {"concrete": True}


def put(session: Session) -> None:
    session.add_all([Document(title="letter"), Invoice(title="for tea", total=3)])


def look(session: Session) -> None:
    assert session.scalars(select(Document.title)).all() == ["letter"]
    invoice = session.scalars(select(Invoice)).one()
    assert (invoice.title, invoice.total) == ("for tea", 3)
