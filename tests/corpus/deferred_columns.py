"""Columns that are loaded only when they are asked for, alone or as a group.

https://docs.sqlalchemy.org/en/21/orm/queryguide/columns.html#configuring-column-deferral-on-mappings
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Text, inspect, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column, undefer, undefer_group


class Book(KeyMixin, Base):
    __tablename__ = "book"

    title: Mapped[str]
    summary: Mapped[str] = mapped_column(Text, deferred=True)
    cover: Mapped[bytes] = mapped_column(deferred=True, deferred_group="pictures")
    back: Mapped[bytes] = mapped_column(deferred=True, deferred_group="pictures")
    notes: Mapped[str] = deferred(mapped_column(Text), raiseload=True)


def book() -> Book:
    return Book(title="A", summary="long", cover=b"\x00\xff", back=b"b", notes="n")


def put(session: Session) -> None:
    session.add(book())


def look(session: Session) -> None:
    found = session.scalars(select(Book)).one()
    assert inspect(found).unloaded >= {"summary", "cover", "back", "notes"}
    assert "summary" not in repr(found)
    assert found.summary == "long"
    assert found.cover == b"\x00\xff"
    assert "back" not in inspect(found).unloaded
    with pytest.raises(InvalidRequestError):
        assert found.notes
    session.expunge_all()
    full = session.scalars(select(Book).options(undefer(Book.notes), undefer_group("pictures"))).one()
    assert inspect(full).unloaded == {"summary"}


async def use_async(session: AsyncSession) -> None:
    session.add(book())
    await session.flush()
    session.expunge_all()
    found = (await session.scalars(select(Book).options(undefer(Book.summary)))).one()
    assert found.summary == "long"
    await session.refresh(found, ["cover"])
    assert found.cover == b"\x00\xff"
