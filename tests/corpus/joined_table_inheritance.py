"""Joined-table inheritance: each subclass has a table of its own columns, whose key refers to the parent's.

https://docs.sqlalchemy.org/en/21/orm/inheritance.html#joined-table-inheritance
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

KEYS = ("integer", "uuid")


class Employee(KeyMixin, Base):
    __tablename__ = "employee"

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20), init=False)

    __mapper_args__ = {"polymorphic_identity": "employee", "polymorphic_on": "kind"}


class Engineer(Employee):
    __tablename__ = "engineer"

    id: Mapped[Key] = mapped_column(ForeignKey("employee.id"), primary_key=True, init=False)
    engine: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Manager(Employee):
    __tablename__ = "manager"

    id: Mapped[Key] = mapped_column(ForeignKey("employee.id"), primary_key=True, init=False)
    budget: Mapped[int | None] = mapped_column(default=None)

    __mapper_args__ = {"polymorphic_identity": "manager"}


def people() -> list[Employee]:
    return [Employee(name="Ann"), Engineer(name="Bob", engine="diesel"), Manager(name="Cat", budget=7)]


def put(session: Session) -> None:
    session.add_all(people())


def look(session: Session) -> None:
    found = session.scalars(select(Employee).order_by(Employee.name)).all()
    assert [type(person) for person in found] == [Employee, Engineer, Manager]
    engineer = session.scalars(select(Engineer)).one()
    assert (engineer.name, engineer.kind, engineer.engine) == ("Bob", "engineer", "diesel")


async def use_async(session: AsyncSession) -> None:
    session.add_all(people())
    await session.flush()
    session.expunge_all()
    manager = (await session.scalars(select(Manager))).one()
    assert (manager.name, manager.kind, manager.budget) == ("Cat", "manager", 7)
