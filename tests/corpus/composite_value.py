"""Columns that are one value of a class of yours.

https://docs.sqlalchemy.org/en/21/orm/composites.html
"""

import dataclasses

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, composite, mapped_column


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int


class Vertex(KeyMixin, Base):
    __tablename__ = "vertex"

    start: Mapped[Point] = composite(mapped_column("x1"), mapped_column("y1"))
    end: Mapped[Point | None] = composite(Point, mapped_column("x2", nullable=True), mapped_column("y2", nullable=True),
                                          default=None)  # fmt: skip


def put(session: Session) -> None:
    session.add(Vertex(start=Point(3, 4), end=Point(5, 6)))


def look(session: Session) -> None:
    vertex = session.scalars(select(Vertex).where(Vertex.start == Point(3, 4))).one()
    assert (vertex.start, vertex.end) == (Point(3, 4), Point(5, 6))
    vertex.end = Point(0, 0)
    session.flush()
    assert session.scalars(select(Vertex.end)).one() == Point(0, 0)
