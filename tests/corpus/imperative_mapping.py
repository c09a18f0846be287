"""A class of the domain that knows nothing of SQLAlchemy, mapped to a table.

https://docs.sqlalchemy.org/en/21/orm/mapping_styles.html#imperative-mapping
"""

from my_project.db.base import Base
from my_project.db.types import UTCDateTime, utcnow
from sqlalchemy import Column, ForeignKey, Identity, Integer, String, Table, select
from sqlalchemy.orm import Session, relationship


class Batch:
    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.lines: list[Line] = []


class Line:
    def __init__(self, text: str) -> None:
        self.text = text


batches = Table(
    "batch",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("reference", String(50), nullable=False),
    Column("made_at", UTCDateTime(), server_default=utcnow(), nullable=False),
)
lines = Table(
    "batch_line",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), index=True, nullable=False),
    Column("text", String(50), nullable=False),
)
Base.registry.map_imperatively(Line, lines, eager_defaults=True)
Base.registry.map_imperatively(
    Batch, batches, eager_defaults=True, properties={"lines": relationship(Line, lazy="selectin")}
)


def put(session: Session) -> None:
    batch = Batch("b")
    batch.lines.append(Line("x"))
    session.add(batch)


def look(session: Session) -> None:
    batch = session.scalars(select(Batch).where(batches.c.reference == "b")).one()
    assert [line.text for line in batch.lines] == ["x"]
