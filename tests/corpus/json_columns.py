"""JSON: whose changes are noticed, and which queries reach into."""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import JSON, select
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import Mapped, Session, mapped_column


class Event(KeyMixin, Base):
    __tablename__ = "event"

    payload: Mapped[dict[str, Any]]
    tags: Mapped[list[str]] = mapped_column(MutableList.as_mutable(JSON(none_as_null=True)), default_factory=list)
    extra: Mapped[dict[str, Any] | None] = mapped_column(
        MutableDict.as_mutable(JSON(none_as_null=True)), default=None, server_default="{}"
    )


def put(session: Session) -> None:
    session.add(Event(payload={"user": {"name": "Ann", "age": 7}, "ok": True}))


def look(session: Session) -> None:
    assert len(session.execute(select(Event.payload).distinct()).all()) == 1
    event = session.scalars(select(Event).where(Event.payload[("user", "age")].as_integer() == 7)).one()
    assert event.extra == {}  # a default of None leaves it to the database
    event.tags.append("é")
    event.payload["ok"] = False
    session.flush()
    session.expire_all()
    assert (event.tags, event.payload["ok"]) == (["é"], False)
    assert session.scalars(select(Event.payload["user"]["name"].as_string())).one() == "Ann"
