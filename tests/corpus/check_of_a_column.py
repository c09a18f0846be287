"""A CHECK that is given to its column; MariaDB has none there that has a name.

https://docs.sqlalchemy.org/en/21/core/constraints.html#check-constraint
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import CheckConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite", "postgresql")


class Flat(KeyMixin, Base):
    __tablename__ = "flat"

    floor: Mapped[int] = mapped_column(CheckConstraint("floor >= 0", name="floor_is_not_negative"))


def put(session: Session) -> None:
    session.add(Flat(floor=1))


def look(session: Session) -> None:
    assert session.scalars(select(Flat.floor)).one() == 1
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Flat(floor=-1))
