"""Followers: rows of one table that refer to each other through a second.

https://docs.sqlalchemy.org/en/21/orm/join_conditions.html#self-referential-many-to-many-relationship
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, select
from sqlalchemy.orm import Mapped, Session, relationship, selectinload

OBJECTIONS = {"test_no_revision_loses_rows": "no sample fits one of following.follower_id, following.followed_id: add"}

following = Table(
    "following",
    Base.metadata,
    Column("follower_id", ForeignKey("person.id"), primary_key=True),
    Column("followed_id", ForeignKey("person.id"), primary_key=True, index=True),
    CheckConstraint("follower_id <> followed_id", name="nobody_alone"),
)


class Person(KeyMixin, Base):
    __tablename__ = "person"

    name: Mapped[str]
    follows: Mapped[list["Person"]] = relationship(
        secondary=following,
        primaryjoin=lambda: Person.id == following.c.follower_id,
        secondaryjoin=lambda: Person.id == following.c.followed_id,
        back_populates="followers",
        init=False,
        default_factory=list,
        lazy="raise_on_sql",
    )
    followers: Mapped[list["Person"]] = relationship(
        secondary=following,
        primaryjoin=lambda: Person.id == following.c.followed_id,
        secondaryjoin=lambda: Person.id == following.c.follower_id,
        back_populates="follows",
        init=False,
        default_factory=list,
        lazy="raise_on_sql",
    )


def put(session: Session) -> None:
    ann, bob, cat = (Person(name=name) for name in ("Ann", "Bob", "Cat"))
    ann.follows += [bob, cat]
    cat.followers.append(bob)
    session.add(ann)


def look(session: Session) -> None:
    cat = session.scalars(select(Person).where(Person.name == "Cat").options(selectinload(Person.followers))).one()
    assert sorted(person.name for person in cat.followers) == ["Ann", "Bob"]
