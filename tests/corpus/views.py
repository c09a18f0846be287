"""Views by CreateView, mapped to a class that only reads.

https://docs.sqlalchemy.org/en/21/core/metadata.html#metadata-create-view
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.ddl import CreateView


class Person(KeyMixin, Base):
    __tablename__ = "person"

    name: Mapped[str] = mapped_column(String(50))
    active: Mapped[bool]


active = CreateView(select(Person.id, Person.name).where(Person.active), "active_person", metadata=Base.metadata)


class ActivePerson:
    id: int
    name: str


Base.registry.map_imperatively(ActivePerson, active.table, primary_key=[active.table.c.id], eager_defaults=True)


def put(session: Session) -> None:
    session.add_all([Person(name="Ann", active=True), Person(name="Bob", active=False)])


def look(session: Session) -> None:
    assert [person.name for person in session.scalars(select(ActivePerson))] == ["Ann"]
    assert session.scalars(select(active.table.c.name)).all() == ["Ann"]
