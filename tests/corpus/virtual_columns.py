"""Columns that the database computes when they are read; PostgreSQL has them from version 18 on."""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Computed, select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite", "mysql")


class Rectangle(KeyMixin, Base):
    __tablename__ = "rectangle"

    width: Mapped[int]
    height: Mapped[int]
    area: Mapped[int] = mapped_column(Computed("width * height"), nullable=True, init=False)


def put(session: Session) -> None:
    session.add(Rectangle(width=3, height=4))


def look(session: Session) -> None:
    assert session.scalars(select(Rectangle.area)).one() == 12
