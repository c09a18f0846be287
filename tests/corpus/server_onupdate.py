"""A column that a trigger changes: the new value is read back.

https://docs.sqlalchemy.org/en/21/core/metadata.html#sqlalchemy.schema.FetchedValue
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import FetchedValue, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite",)
CREATE = (
    "CREATE TRIGGER follow AFTER UPDATE OF name ON gadget BEGIN"
    " UPDATE gadget SET shout = upper(new.name) WHERE id = new.id; END"
)


class Gadget(KeyMixin, Base):
    __tablename__ = "gadget"

    name: Mapped[str] = mapped_column(String(50))
    shout: Mapped[str | None] = mapped_column(String(50), server_onupdate=FetchedValue(), init=False)


def put(session: Session) -> None:
    session.connection().exec_driver_sql(CREATE)
    session.add(Gadget(name="a"))


def look(session: Session) -> None:
    gadget = session.scalars(select(Gadget)).one()
    gadget.name = "b"
    session.flush()
    session.refresh(gadget)  # RETURNING shows the row as it was before an AFTER trigger
    assert gadget.shout == "B"


async def use_async(session: AsyncSession) -> None:
    await (await session.connection()).exec_driver_sql(CREATE)
    gadget = Gadget(name="a")
    session.add(gadget)
    await session.flush()
    gadget.name = "b"
    await session.flush()
    assert gadget.shout in (None, "B")  # loaded, so that nothing is left to await
