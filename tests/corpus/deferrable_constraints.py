"""Constraints that are checked at COMMIT, so that two rows can swap their values.

https://docs.sqlalchemy.org/en/21/core/constraints.html#on-update-on-delete
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Slot(KeyMixin, Base):
    __tablename__ = "slot"

    position: Mapped[int]
    next_id: Mapped[Key | None] = mapped_column(
        ForeignKey("slot.id", deferrable=True, initially="DEFERRED", ondelete="SET NULL"), default=None, index=True
    )

    __table_args__ = (
        UniqueConstraint("position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("position BETWEEN 0 AND 100", name="position"),
    )


def put(session: Session) -> None:
    session.add_all([Slot(position=1), Slot(position=2)])


def look(session: Session) -> None:
    first, second = session.scalars(select(Slot).order_by(Slot.position))
    first.position, second.position = 2, 1
    session.flush()
    first.next_id = second.id
