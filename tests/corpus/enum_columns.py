"""Enums of Python, also as keys, in defaults and in comparisons."""

import enum

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column


class Status(enum.Enum):
    OPEN = "open"
    DONE = "done"


class Level(enum.StrEnum):
    LOW = "low"
    HIGH = "high"


class Ticket(KeyMixin, Base):
    __tablename__ = "ticket"
    __table_args__ = (Index(None, "status", "level"),)

    status: Mapped[Status] = mapped_column(default=Status.OPEN, server_default=Status.OPEN.value)
    level: Mapped[Level | None] = mapped_column(default=None)


class Quota(Base):
    __tablename__ = "quota"

    level: Mapped[Level] = mapped_column(primary_key=True)
    count: Mapped[int]


def put(session: Session) -> None:
    session.add_all([Ticket(level=Level.HIGH), Ticket(status=Status.DONE), Quota(level=Level.LOW, count=1)])


def look(session: Session) -> None:
    assert session.scalars(select(Ticket.level).where(Ticket.status == Status.OPEN)).one() is Level.HIGH
    assert session.get_one(Quota, Level.LOW).count == 1
    assert session.scalars(select(text("status")).select_from(Ticket).order_by(text("1"))).all() == ["done", "open"]
