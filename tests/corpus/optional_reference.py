"""A reference that may be missing, and is taken away with what it refers to."""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship


class Author(KeyMixin, Base):
    __tablename__ = "author"

    name: Mapped[str]


class Book(KeyMixin, Base):
    __tablename__ = "book"

    title: Mapped[str]
    author_id: Mapped[Key | None] = mapped_column(ForeignKey(Author.id, ondelete="SET NULL"), index=True, init=False)
    author: Mapped[Author | None] = relationship(init=False, lazy="raise_on_sql")


def put(session: Session) -> None:
    book = Book(title="A")
    book.author = Author(name="Ann")
    session.add_all([book, Book(title="B")])


def look(session: Session) -> None:
    first, second = session.scalars(select(Book).options(joinedload(Book.author)).order_by(Book.title))
    assert first.author is not None
    assert second.author is None
    session.execute(delete(Author))
    session.expunge_all()
    assert session.scalars(select(Book.author_id)).all() == [None, None]
