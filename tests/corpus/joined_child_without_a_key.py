"""Joined-table inheritance below a KeyMixin: the child's key is given to it, and known when the parent's would be."""

import uuid

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

KEYS = ("integer", "uuid")


class Vehicle(KeyMixin, Base):
    __tablename__ = "vehicle"

    kind: Mapped[str] = mapped_column(String(20), init=False)
    plate: Mapped[str] = mapped_column(String(20), unique=True)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}


class Truck(Vehicle):
    __tablename__ = "truck"

    tons: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "truck"}


class Tanker(Truck):
    __tablename__ = "tanker"

    litres: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "tanker"}


def put(session: Session) -> None:
    tanker = Tanker(plate="T", tons=12, litres=9000)
    if inspect(Vehicle).columns.id.type.python_type is uuid.UUID:
        assert tanker.id is not None
    session.add_all([tanker, Truck(plate="L", tons=7), Vehicle(plate="V")])


def look(session: Session) -> None:
    tanker = session.scalars(select(Tanker)).one()
    assert (tanker.plate, tanker.tons, tanker.litres) == ("T", 12, 9000)
    assert len(session.scalars(select(Truck)).all()) == 2
    assert session.get(Vehicle, tanker.id) is tanker
