"""A many-to-many collection seen as a set of strings, and a dictionary of values seen through its rows.

https://docs.sqlalchemy.org/en/21/orm/extensions/associationproxy.html
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import Column, ForeignKey, Table, select
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, Session, attribute_keyed_dict, mapped_column, relationship

document_label = Table(
    "document_label",
    Base.metadata,
    Column("document_id", ForeignKey("document.id"), primary_key=True),
    Column("label_id", ForeignKey("label.id"), primary_key=True, index=True),
)


class Document(KeyMixin, Base):
    __tablename__ = "document"

    labels: Mapped[set["Label"]] = relationship(
        secondary=document_label, init=False, default_factory=set, lazy="selectin"
    )
    names: AssociationProxy[set[str]] = association_proxy(
        "labels", "name", creator=lambda name: Label(name=name), init=False
    )
    notes: Mapped[dict[str, "Note"]] = relationship(
        collection_class=attribute_keyed_dict("key"),
        cascade="all, delete-orphan",
        init=False,
        default_factory=dict,
        lazy="selectin",
    )
    texts: AssociationProxy[dict[str, str]] = association_proxy(
        "notes", "text", creator=lambda key, text: Note(key=key, text=text), init=False
    )


class Label(KeyMixin, Base):
    __tablename__ = "label"

    name: Mapped[str]


class Note(KeyMixin, Base):
    __tablename__ = "note"

    document_id: Mapped[Key] = mapped_column(ForeignKey("document.id"), index=True, init=False)
    key: Mapped[str]
    text: Mapped[str]


def put(session: Session) -> None:
    document = Document()
    document.names |= {"red", "blue"}
    document.texts["color"] = "of the sea"
    session.add(document)


def look(session: Session) -> None:
    document = session.scalars(select(Document).where(Document.names.contains("red"))).one()
    assert document.names == {"red", "blue"}
    assert dict(document.texts) == {"color": "of the sea"}
    document.texts["color"] = "of the sky"
    document.names.discard("red")
    session.flush()
    assert session.scalars(select(Note.text)).all() == ["of the sky"]
    assert len(session.execute(select(document_label)).all()) == 1
