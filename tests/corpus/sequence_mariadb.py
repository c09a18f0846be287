"""A sequence of MariaDB that an INSERT calls."""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Integer, Sequence
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("mysql",)

wagon_number = Sequence("wagon_number", start=100, metadata=Base.metadata)


class Wagon(KeyMixin, Base):
    __tablename__ = "wagon"

    number: Mapped[int] = mapped_column(Integer, wagon_number, init=False)


def put(session: Session) -> None:
    session.add_all([Wagon(), Wagon()])


def look(session: Session) -> None:
    assert sorted(wagon.number for wagon in session.query(Wagon)) == [100, 101]
