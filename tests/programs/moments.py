"""Write moments, read them back, and print what came: `moments.py URL SESSION_ZONE MOMENTS`.

SESSION_ZONE is a statement that sets the zone of the session, or empty. MOMENTS is a JSON list of local time, zone
and fold. The program serves projects of both styles: the work is the same, below the driver's own style.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import AuditMixin
from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy import TIMESTAMP, func, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, Session, mapped_column


class Moment(KeyMixin, AuditMixin, Base):
    """A moment as the project stores it, and as SQLAlchemy does."""

    __tablename__ = "moments"

    at: Mapped[datetime]
    plain: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), default=None)
    note: Mapped[str] = mapped_column(default="")


url, session_zone, arguments = sys.argv[1:]
moments = [
    datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
    for local, zone, fold in json.loads(arguments)
]
report: dict[str, Any] = {}


def write(session: Session) -> None:
    session.add_all([Moment(at=at) for at in moments])
    session.add(Moment(at=moments[0], plain=moments[0], note="plain"))


def change(session: Session) -> None:
    moment = session.scalars(select(Moment).where(Moment.note == "plain")).one()
    moment.note = "changed"


def read(session: Session) -> None:
    everything = session.scalars(select(Moment).order_by(Moment.id)).all()
    report["read"] = [[moment.at.isoformat(), str(moment.at.tzinfo)] for moment in everything[:-1]]
    # the same instant, said in the words of another zone
    elsewhere = [at.astimezone(ZoneInfo("Pacific/Chatham")) for at in moments]
    report["found"] = [
        session.scalar(select(func.count()).where(Moment.at == at, Moment.note == "")) for at in elsewhere
    ]
    changed = everything[-1]
    assert changed.plain is not None
    report["plain"] = changed.plain.isoformat()
    report["created_at"], report["updated_at"] = changed.created_at.isoformat(), changed.updated_at.isoformat()
    report["python's clock"] = datetime.now(UTC).isoformat()
    report["host's zone"] = time.tzname[0]
    report["func.now()"] = session.scalar(select(func.now())).isoformat()  # type: ignore[union-attr]


def refuse(session: Session) -> None:
    try:
        with session.begin_nested():
            session.add(Moment(at=datetime(2026, 1, 1)))  # noqa: DTZ001 - that is the point
    except StatementError as error:
        report["refused"] = str(error.orig)


STEPS: list[Callable[[Session], None]] = [write, change, read, refuse]


def in_zone(step: Callable[[Session], None]) -> Callable[[Session], None]:
    """Return the step in a session that is in another zone than the project chose."""

    def run(session: Session) -> None:
        if session_zone:
            session.execute(text(session_zone))
        step(session)

    return run


def run_all(engine: Any) -> None:
    Base.metadata.create_all(engine)
    for step in STEPS:
        with transaction(make_sessions(engine)) as session:
            in_zone(step)(session)
    engine.dispose()


async def run_all_async(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    for step in STEPS:
        async with transaction(make_sessions(engine)) as session:
            await session.run_sync(in_zone(step))
    await engine.dispose()


engine = make_engine(url)
if isinstance(engine, AsyncEngine):
    asyncio.run(run_all_async(engine))
else:
    run_all(engine)
print(json.dumps(report))
