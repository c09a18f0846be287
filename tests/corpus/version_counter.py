"""Optimistic locking: the mixin's counter, and a version of one's own making.

https://docs.sqlalchemy.org/en/21/orm/versioning.html
"""

import uuid

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import VersionMixin
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError


class Counted(VersionMixin, KeyMixin, Base):
    __tablename__ = "counted"

    value: Mapped[int]


class Stamped(KeyMixin, Base):
    __tablename__ = "stamped"

    stamp: Mapped[uuid.UUID] = mapped_column(init=False)
    value: Mapped[int]

    __mapper_args__ = {"version_id_col": stamp, "version_id_generator": lambda _version: uuid.uuid4()}


def put(session: Session) -> None:
    session.add_all([Counted(value=1), Stamped(value=1)])


def look(session: Session) -> None:
    counted, stamped = session.scalars(select(Counted)).one(), session.scalars(select(Stamped)).one()
    before = stamped.stamp
    counted.value = stamped.value = 2
    session.flush()
    assert (counted.version_id, stamped.stamp != before) == (2, True)
    session.execute(update(Counted).values(version_id=9), execution_options={"synchronize_session": False})
    with pytest.raises(StaleDataError), session.begin_nested():
        counted.value = 3
    session.refresh(counted)


async def use_async(session: AsyncSession) -> None:
    counted = Counted(value=1)
    session.add(counted)
    await session.flush()
    counted.value = 2
    await session.flush()
    assert counted.version_id == 2
