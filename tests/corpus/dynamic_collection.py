"""A collection that is a query, as code of SQLAlchemy 1.x has them.

https://docs.sqlalchemy.org/en/21/orm/large_collections.html#dynamic-relationship-loaders
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DynamicMapped, Mapped, Session, mapped_column, relationship


class Thread(KeyMixin, Base):
    __tablename__ = "thread"

    title: Mapped[str]
    posts: DynamicMapped["Post"] = relationship(cascade="all, delete-orphan", order_by="Post.text", init=False)


class Post(KeyMixin, Base):
    __tablename__ = "post"

    thread_id: Mapped[Key] = mapped_column(ForeignKey("thread.id"), index=True, init=False)
    text: Mapped[str]


def put(session: Session) -> None:
    thread = Thread(title="t")
    session.add(thread)
    thread.posts.append(Post(text="b"))
    thread.posts.append(Post(text="a"))


def look(session: Session) -> None:
    thread = session.scalars(select(Thread)).one()
    assert [post.text for post in thread.posts] == ["a", "b"]
    assert thread.posts.filter(Post.text == "b").count() == 1
    thread.posts.remove(thread.posts[0])
    session.flush()
    assert session.scalars(select(Post.text)).all() == ["b"]
