"""A column of a few strings, by `Literal`.

https://docs.sqlalchemy.org/en/21/orm/declarative_tables.html#using-python-enum-or-pep-586-literal-types-in-the-type-map
"""

from typing import Literal

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped, Session, mapped_column

Size = Literal["s", "m", "l"]


class Shirt(KeyMixin, Base):
    __tablename__ = "shirt"

    size: Mapped[Size]
    fit: Mapped[Literal["slim", "wide"] | None] = mapped_column(default=None)


def put(session: Session) -> None:
    session.add(Shirt(size="m", fit="wide"))


def look(session: Session) -> None:
    assert session.scalars(select(Shirt.fit).where(Shirt.size == "m")).one() == "wide"
    with pytest.raises((LookupError, StatementError)), session.begin_nested():
        session.scalars(select(Shirt).where(Shirt.size == "xxl")).all()  # type: ignore[arg-type, unused-ignore]
