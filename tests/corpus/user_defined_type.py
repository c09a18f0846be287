"""A type that the database has and SQLAlchemy does not know.

https://docs.sqlalchemy.org/en/21/core/custom_types.html#creating-new-types
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import UserDefinedType

DATABASES = ("postgresql",)


class Box(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "BOX"


class Area(KeyMixin, Base):
    __tablename__ = "area"

    box: Mapped[str | None] = mapped_column(Box, default=None)


def put(session: Session) -> None:
    session.add(Area(box="(1,1),(0,0)"))


def look(session: Session) -> None:
    assert session.scalars(select(Area.box)).one() == "(1,1),(0,0)"
