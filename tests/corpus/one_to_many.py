"""A parent that owns its children: what leaves the list is deleted, and so are the children of a deleted parent.

https://docs.sqlalchemy.org/en/21/orm/cascades.html#delete-orphan
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship, selectinload

KEYS = ("integer", "uuid")


class Parent(KeyMixin, Base):
    __tablename__ = "parent"

    name: Mapped[str]
    children: Mapped[list["Child"]] = relationship(
        back_populates="parent",
        cascade="all, delete-orphan",
        passive_deletes=True,
        init=False,
        default_factory=list,
        lazy="raise_on_sql",
    )


class Child(KeyMixin, Base):
    __tablename__ = "child"

    parent_id: Mapped[Key] = mapped_column(ForeignKey("parent.id", ondelete="CASCADE"), index=True, init=False)
    name: Mapped[str]
    parent: Mapped[Parent] = relationship(back_populates="children", init=False, lazy="raise_on_sql")


def family() -> Parent:
    parent = Parent(name="Ann")
    parent.children += [Child(name="Bob"), Child(name="Cat")]
    return parent


def put(session: Session) -> None:
    session.add(family())


def look(session: Session) -> None:
    parent = session.scalars(select(Parent).options(selectinload(Parent.children))).one()
    parent.children.remove(parent.children[0])
    session.flush()
    child = session.scalars(select(Child).options(joinedload(Child.parent))).one()
    assert child.parent is parent
    session.expire(parent, ["children"])
    session.delete(parent)
    session.flush()
    session.expire_all()
    assert session.scalars(select(Child)).all() == []


async def use_async(session: AsyncSession) -> None:
    session.add(family())
    await session.flush()
    session.expunge_all()
    parent = (await session.scalars(select(Parent).options(selectinload(Parent.children)))).one()
    parent.children.pop()
    await session.flush()
    assert len((await session.scalars(select(Child))).all()) == 1
