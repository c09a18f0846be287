"""Children in a dictionary by an attribute, by a column, by a function; and in a set.

https://docs.sqlalchemy.org/en/21/orm/collection_api.html#dictionary-collections
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import (
    Mapped,
    Session,
    attribute_keyed_dict,
    column_keyed_dict,
    keyfunc_mapping,
    mapped_column,
    relationship,
)


class Note(KeyMixin, Base):
    __tablename__ = "note"

    item_id: Mapped[Key] = mapped_column(ForeignKey("item.id"), index=True, init=False)
    keyword: Mapped[str] = mapped_column(String(30))


note_table: Any = Note.__table__


class Item(KeyMixin, Base):
    __tablename__ = "item"

    notes: Mapped[dict[str, Note]] = relationship(
        collection_class=attribute_keyed_dict("keyword"), init=False, default_factory=dict, lazy="selectin"
    )
    by_column: Mapped[dict[str, Note]] = relationship(
        collection_class=column_keyed_dict(note_table.c.keyword), viewonly=True, init=False, lazy="selectin"
    )
    by_length: Mapped[dict[int, Note]] = relationship(
        collection_class=keyfunc_mapping(lambda note: len(note.keyword)), viewonly=True, init=False, lazy="selectin"
    )
    as_set: Mapped[set[Note]] = relationship(viewonly=True, init=False, lazy="selectin")


def put(session: Session) -> None:
    item = Item()
    item.notes["a"] = Note(keyword="a")
    item.notes["bb"] = Note(keyword="bb")
    session.add(item)


def look(session: Session) -> None:
    item = session.scalars(select(Item)).one()
    assert item.notes.keys() == item.by_column.keys() == {"a", "bb"}
    assert item.by_length.keys() == {1, 2}
    assert item.as_set == set(item.notes.values())
