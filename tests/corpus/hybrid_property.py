"""Attributes that are Python on objects and SQL in queries; one can be set, in both.

https://docs.sqlalchemy.org/en/21/orm/extensions/hybrid.html
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import ColumnElement, Float, func, select, type_coerce, update
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped, Session


class Interval(KeyMixin, Base):
    __tablename__ = "interval_of_numbers"

    start: Mapped[int]
    end: Mapped[int]

    @hybrid_property
    def length(self) -> int:
        return self.end - self.start

    @length.inplace.setter
    def _length_setter(self, value: int) -> None:
        self.end = self.start + value

    @length.inplace.update_expression
    @classmethod
    def _length_update_expression(cls, value: Any) -> list[tuple[Any, Any]]:
        return [(cls.end, cls.start + value)]

    @hybrid_property
    def radius(self) -> float:
        return abs(self.length) / 2

    @radius.inplace.expression
    @classmethod
    def _radius_expression(cls) -> ColumnElement[float]:
        return type_coerce(func.abs(cls.length) / 2.0, Float)

    @hybrid_method
    def contains(self, point: int) -> bool:
        return (self.start <= point) & (point <= self.end)


def put(session: Session) -> None:
    interval = Interval(start=5, end=0)
    interval.length = 5
    session.add_all([interval, Interval(start=20, end=21)])


def look(session: Session) -> None:
    assert [i.radius for i in session.scalars(select(Interval).where(Interval.length > 4))] == [2.5]
    assert session.scalars(select(Interval.start).where(Interval.contains(20))).all() == [20]
    session.execute(update(Interval).values({Interval.length: 7}))
    assert set(session.scalars(select(Interval.length))) == {7}
