"""CHECK and UNIQUE constraints, by convention and by name."""

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import CheckConstraint, String, UniqueConstraint, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column


class Room(KeyMixin, Base):
    __tablename__ = "room"

    floor: Mapped[int]
    number: Mapped[int]
    name: Mapped[str | None] = mapped_column(String(50), unique=True, default=None)

    __table_args__ = (
        CheckConstraint("floor >= 0", name="floor_is_not_negative"),
        UniqueConstraint("floor", "number"),
        UniqueConstraint("number", "name", name="uq_room_own_name"),
        CheckConstraint("number % 100 < 100 AND name <> 'it''s'", name="number"),
        CheckConstraint(r"name <> ' \:x'", name="no_parameter"),
        CheckConstraint(r"name <> ' \:x 5%'", name="no_percent"),
    )


def put(session: Session) -> None:
    session.add(Room(floor=1, number=1))


def look(session: Session) -> None:
    assert session.scalars(select(Room.number)).one() == 1
    for bad in (Room(floor=-1, number=2), Room(floor=1, number=1), Room(floor=2, number=2, name=" :x")):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.add(bad)
