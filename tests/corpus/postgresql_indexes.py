"""Covering, descending, hash and BRIN indexes, and UNIQUE where two NULLs are equal.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#postgresql-specific-index-options
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, String, UniqueConstraint, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Visit(KeyMixin, Base):
    __tablename__ = "visit"

    path: Mapped[str] = mapped_column(String(100))
    agent: Mapped[str | None] = mapped_column(String(100), default=None)
    hits: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (
        Index("ix_visit_path", "path", postgresql_include=["hits"]),
        Index("ix_visit_agent", "agent", postgresql_using="hash"),
        Index("ix_visit_hits", "hits", postgresql_using="brin", postgresql_with={"pages_per_range": 16}),
        Index("ix_visit_percent", text("replace(path, '%', '')")),
        UniqueConstraint("path", "agent", postgresql_nulls_not_distinct=True),
    )


Index("ix_visit_latest", Visit.hits.desc().nulls_last(), Visit.path)


def put(session: Session) -> None:
    session.add(Visit(path="/"))


def look(session: Session) -> None:
    assert session.scalars(select(Visit.hits)).one() == 0
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Visit(path="/"))
