"""Constructs of SQLite alone: STRICT tables, and tables without a row id.

https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-specific-table-options
"""

from my_project.db.base import Base
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite",)


class Word(Base):
    __tablename__ = "word"
    __table_args__ = {"sqlite_with_rowid": False, "sqlite_strict": True}

    text: Mapped[str] = mapped_column(Text, primary_key=True)
    count: Mapped[int]


def put(session: Session) -> None:
    session.add(Word(text="a", count=1))


def look(session: Session) -> None:
    assert session.get_one(Word, "a").count == 1
