"""Joined-table inheritance with AuditMixin and VersionMixin: a change of the child's columns alone counts."""

import time

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from my_project.db.mixins import AuditMixin, VersionMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

KEYS = ("integer", "uuid")


class Asset(KeyMixin, AuditMixin, VersionMixin, Base):
    __tablename__ = "asset"

    kind: Mapped[str] = mapped_column(String(20), init=False)
    name: Mapped[str]

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "asset"}


class Machine(Asset):
    __tablename__ = "machine"

    id: Mapped[Key] = mapped_column(ForeignKey("asset.id"), primary_key=True, init=False)
    hours: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "machine"}


def put(session: Session) -> None:
    session.add(Machine(name="press", hours=1))


def look(session: Session) -> None:
    machine = session.scalars(select(Machine)).one()
    created, version = machine.updated_at, machine.version_id
    assert created == machine.created_at
    time.sleep(0.002)  # SQLite's clock has milliseconds
    machine.hours = 2
    session.flush()
    assert machine.version_id == version + 1
    assert machine.updated_at > created
    session.expire_all()
    assert (machine.hours, machine.updated_at > created) == (2, True)


async def use_async(session: AsyncSession) -> None:
    machine = Machine(name="press", hours=1)
    session.add(machine)
    await session.flush()
    assert (machine.kind, machine.version_id, machine.updated_at) == ("machine", 1, machine.created_at)
    machine.hours = 2
    await session.flush()
    assert machine.updated_at >= machine.created_at
