"""Vectors by pgvector, with an index for the nearest.

https://github.com/pgvector/pgvector-python#sqlalchemy
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from pgvector.sqlalchemy import HALFVEC, Vector  # type: ignore[import-untyped, unused-ignore]
from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)
BY_HAND = ("CREATE EXTENSION IF NOT EXISTS vector",)


class Passage(KeyMixin, Base):
    __tablename__ = "passage"
    __table_args__ = (
        Index(
            "ix_passage_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_with={"m": 16, "ef_construction": 64},
            postgresql_ops={"embedding": "vector_l2_ops"},
        ),
    )

    text: Mapped[str]
    embedding: Mapped[list[float]] = mapped_column(Vector(3))
    half: Mapped[list[float] | None] = mapped_column(HALFVEC(3), default=None)


OBJECTIONS = {"test_no_revision_loses_rows": "passage.text, passage.embedding: add it to SPECIAL"}


def put(session: Session) -> None:
    session.add_all([Passage(text="a", embedding=[1, 0, 0]), Passage(text="b", embedding=[0, 1, 0])])


def look(session: Session) -> None:
    near = select(Passage).order_by(Passage.embedding.l2_distance([0, 1, 0.1])).limit(1)
    assert session.scalars(near).one().text == "b"
