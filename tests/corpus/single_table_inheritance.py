"""Single-table inheritance: one table for all classes, and columns that some of them share.

https://docs.sqlalchemy.org/en/21/orm/inheritance.html#single-table-inheritance
"""

from datetime import UTC, datetime

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

KEYS = ("integer", "uuid")


class Employee(KeyMixin, Base):
    __tablename__ = "employee"

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20), init=False)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}


class Manager(Employee):
    budget: Mapped[int] = mapped_column(nullable=True)
    started: Mapped[datetime | None] = mapped_column(use_existing_column=True, default=None)

    __mapper_args__ = {"polymorphic_identity": "manager"}


class Engineer(Employee):
    started: Mapped[datetime | None] = mapped_column(use_existing_column=True, default=None)

    __mapper_args__ = {"polymorphic_identity": "engineer"}


def put(session: Session) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    session.add_all([Employee(name="Ann"), Engineer(name="Bob", started=at), Manager(name="Cat", budget=7)])


def look(session: Session) -> None:
    found = session.scalars(select(Employee).order_by(Employee.name)).all()
    assert [(type(person), person.kind) for person in found] == [
        (Employee, "employee"),
        (Engineer, "engineer"),
        (Manager, "manager"),
    ]
    assert session.scalars(select(Engineer.started)).one() == datetime(2026, 1, 2, tzinfo=UTC)
    assert session.scalars(select(Manager)).one().budget == 7
