"""A tree: rows that refer to a row of the same table, read by a recursive CTE or as objects.

https://docs.sqlalchemy.org/en/21/orm/self_referential.html
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, relationship

KEYS = ("integer", "uuid")


class Node(KeyMixin, Base):
    __tablename__ = "node"

    parent_id: Mapped[Key | None] = mapped_column(ForeignKey("node.id"), index=True, init=False)
    name: Mapped[str]
    children: Mapped[list["Node"]] = relationship(
        back_populates="parent", cascade="all, delete-orphan", init=False, default_factory=list, lazy="selectin",
        join_depth=3,
    )  # fmt: skip
    parent: Mapped["Node | None"] = relationship(
        back_populates="children", remote_side="Node.id", init=False, lazy="raise_on_sql"
    )


def tree() -> Node:
    root, trunk = Node(name="root"), Node(name="trunk")
    root.children.append(trunk)
    trunk.children += [Node(name="left"), Node(name="right")]
    return root


def put(session: Session) -> None:
    session.add(tree())


def look(session: Session) -> None:
    trunk = session.scalars(select(Node).where(Node.name == "trunk")).one()
    assert {child.name for child in trunk.children} == {"left", "right"}
    below = select(Node.id).where(Node.parent_id.is_(None)).cte(recursive=True)
    below = below.union_all(select(Node.id).join(below, Node.parent_id == below.c.id))
    assert len(session.scalars(select(below.c.id)).all()) == 4
    parent = aliased(Node)
    assert session.scalars(select(Node.name).join(Node.parent.of_type(parent)).where(parent.name == "root")).all() == [
        "trunk"
    ]
    session.delete(session.scalars(select(Node).where(Node.parent_id.is_(None))).one())
    session.flush()
    assert session.scalars(select(Node)).all() == []


async def use_async(session: AsyncSession) -> None:
    session.add(tree())
    await session.flush()
    session.expunge_all()
    root = (await session.scalars(select(Node).where(Node.parent_id.is_(None)))).one()
    assert len(root.children[0].children) == 2
