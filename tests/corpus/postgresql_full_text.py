"""A TSVECTOR that the database computes, with a GIN index.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#full-text-search
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Computed, Index, Text, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Page(KeyMixin, Base):
    __tablename__ = "page"
    __table_args__ = (Index("ix_page_words", "words", postgresql_using="gin"),)

    body: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('english'::regconfig, body)", persisted=True), init=False, deferred=True
    )


def put(session: Session) -> None:
    session.add(Page(body="The databases were running"))


def look(session: Session) -> None:
    query = func.websearch_to_tsquery("english", "run database")
    ranked = select(Page).where(Page.words.bool_op("@@")(query)).order_by(func.ts_rank(Page.words, query))
    assert len(session.scalars(ranked).all()) == 1
