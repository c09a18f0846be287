"""A composite value whose changes are noticed.

https://docs.sqlalchemy.org/en/21/orm/extensions/mutable.html#establishing-mutability-on-composites
"""

import dataclasses
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.ext.mutable import MutableComposite
from sqlalchemy.orm import Mapped, Session, composite, mapped_column


@dataclasses.dataclass
class Position(MutableComposite):
    x: int
    y: int

    def __setattr__(self, key: str, value: Any) -> None:
        object.__setattr__(self, key, value)
        self.changed()


class Robot(KeyMixin, Base):
    __tablename__ = "robot"

    position: Mapped[Position] = composite(mapped_column("x"), mapped_column("y"))


def put(session: Session) -> None:
    session.add(Robot(position=Position(1, 2)))


def look(session: Session) -> None:
    robot = session.scalars(select(Robot)).one()
    robot.position.x = 9
    session.flush()
    session.expire_all()
    assert robot.position == Position(9, 2)
