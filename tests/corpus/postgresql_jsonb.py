"""JSONB with a GIN index, and an index on a path into it.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#sqlalchemy.dialects.postgresql.JSONB
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Message(KeyMixin, Base):
    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_body", "body", postgresql_using="gin", postgresql_ops={"body": "jsonb_path_ops"}),
        Index("ix_message_sender", text("(body ->> 'from')")),
    )

    body: Mapped[dict[str, Any]] = mapped_column(
        MutableDict.as_mutable(JSONB(none_as_null=True)), default_factory=dict, server_default=text("'{}'::jsonb")
    )
    state: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True), server_default='{"on":true}', init=False)


def put(session: Session) -> None:
    session.add(Message(body={"from": "Ann", "to": ["Bob"]}))


def look(session: Session) -> None:
    message = session.scalars(select(Message).where(Message.body.contains({"to": ["Bob"]}))).one()
    message.body["read"] = True
    session.flush()
    session.expire_all()
    assert session.scalars(select(Message.body["read"].as_boolean())).one()
    assert session.scalars(select(Message).where(Message.body["from"].astext == "Ann")).one() is message
