"""Many-to-many through a plain association table.

https://docs.sqlalchemy.org/en/21/orm/basic_relationships.html#many-to-many
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Column, ForeignKey, String, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

KEYS = ("integer", "uuid")

post_tag = Table(
    "post_tag",
    Base.metadata,
    Column("post_id", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Post(KeyMixin, Base):
    __tablename__ = "post"

    title: Mapped[str]
    tags: Mapped[list["Tag"]] = relationship(
        secondary=post_tag, back_populates="posts", default_factory=list, init=False, lazy="raise_on_sql"
    )


class Tag(KeyMixin, Base):
    __tablename__ = "tag"

    name: Mapped[str] = mapped_column(String(50), unique=True)
    posts: Mapped[list[Post]] = relationship(
        secondary=post_tag, back_populates="tags", default_factory=list, init=False, lazy="raise_on_sql"
    )


def posts() -> list[Post]:
    red, blue = Tag(name="red"), Tag(name="blue")
    first, second = Post(title="first"), Post(title="second")
    first.tags += [red, blue]
    blue.posts.append(second)
    return [first, second]


def put(session: Session) -> None:
    session.add_all(posts())


def look(session: Session) -> None:
    found = session.scalars(select(Post).options(selectinload(Post.tags)).order_by(Post.title)).all()
    assert [sorted(tag.name for tag in post.tags) for post in found] == [["blue", "red"], ["blue"]]
    session.delete(found[0])
    session.flush()
    assert len(session.execute(select(post_tag)).all()) == 1


async def use_async(session: AsyncSession) -> None:
    session.add_all(posts())
    await session.flush()
    session.expunge_all()
    found = (await session.scalars(select(Tag).options(selectinload(Tag.posts)).order_by(Tag.name))).all()
    assert [len(tag.posts) for tag in found] == [2, 1]
