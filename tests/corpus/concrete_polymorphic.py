"""Concrete inheritance that can be queried as one: ConcreteBase selects the UNION of the tables.

https://docs.sqlalchemy.org/en/21/orm/inheritance.html#polymorphic-loading-with-concrete-inheritance
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import select
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.orm import Mapped, Session, mapped_column


class Shape(ConcreteBase, KeyMixin, Base):
    __tablename__ = "shape"

    name: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": "shape", "concrete": True}


class Circle(Shape):
    __tablename__ = "circle"

    id: Mapped[Key] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    radius: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "circle", "concrete": True}


def put(session: Session) -> None:
    session.add_all([Shape(name="any"), Circle(name="round", radius=2)])


def look(session: Session) -> None:
    found = session.scalars(select(Shape).order_by(Shape.name)).all()
    assert [type(shape) for shape in found] == [Shape, Circle]
