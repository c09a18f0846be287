"""Two tables that refer to each other: one constraint is added after both, one reference written after both rows.

https://docs.sqlalchemy.org/en/21/orm/relationship_persistence.html#rows-that-point-to-themselves-mutually-dependent-rows
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

KEYS = ("integer", "uuid")


class Widget(KeyMixin, Base):
    __tablename__ = "widget"

    name: Mapped[str]
    favorite_id: Mapped[Key | None] = mapped_column(
        ForeignKey("entry.id", use_alter=True, ondelete="SET NULL"), index=True, init=False
    )
    favorite: Mapped["Entry | None"] = relationship(
        primaryjoin="Widget.favorite_id == Entry.id", post_update=True, init=False, lazy="raise_on_sql"
    )
    entries: Mapped[list["Entry"]] = relationship(
        primaryjoin="Widget.id == Entry.widget_id", init=False, default_factory=list, lazy="selectin"
    )


class Entry(KeyMixin, Base):
    __tablename__ = "entry"

    widget_id: Mapped[Key] = mapped_column(ForeignKey("widget.id"), index=True, init=False)
    name: Mapped[str]


def put(session: Session) -> None:
    widget, entry = Widget(name="w"), Entry(name="e")
    widget.favorite = entry
    widget.entries += [entry, Entry(name="f")]
    session.add(widget)


def look(session: Session) -> None:
    widget = session.scalars(select(Widget)).one()
    assert len(widget.entries) == 2
    assert widget.favorite_id in {entry.id for entry in widget.entries}
