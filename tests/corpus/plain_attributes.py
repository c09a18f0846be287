"""Fields of a model that are no columns: kept on the object, or only taken by the constructor.

https://docs.sqlalchemy.org/en/21/orm/dataclasses.html#using-non-mapped-dataclass-fields
"""

import dataclasses
from dataclasses import InitVar

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, reconstructor


class User(KeyMixin, Base):
    __tablename__ = "user_account"

    name: Mapped[str] = mapped_column(String(50))
    password: InitVar[str]
    hashed: Mapped[str] = mapped_column(String(100), init=False, repr=False)
    roles: list[str] = dataclasses.field(default_factory=list)
    loads: int = dataclasses.field(default=0, init=False)

    def __post_init__(self, password: str) -> None:
        self.hashed = password[::-1]

    @reconstructor
    def count_load(self) -> None:
        self.loads = 1


def put(session: Session) -> None:
    user = User(name="Ann", password="abc", roles=["admin"])  # noqa: S106
    assert (user.hashed, user.roles) == ("cba", ["admin"])
    session.add(user)


def look(session: Session) -> None:
    user = session.scalars(select(User)).one()
    assert (user.hashed, user.loads) == ("cba", 1)
