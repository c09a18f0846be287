"""Rows that are marked and no longer seen, in queries and in relationships.

https://docs.sqlalchemy.org/en/21/orm/queryguide/api.html#sqlalchemy.orm.with_loader_criteria
"""

from datetime import datetime

from my_project.db.base import Base, ModelMeta
from my_project.db.keys import Key, KeyMixin
from my_project.db.types import utcnow
from sqlalchemy import ForeignKey, event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    Mapped,
    MappedAsDataclass,
    ORMExecuteState,
    Session,
    mapped_column,
    relationship,
    with_loader_criteria,
)


class SoftDeleteMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    deleted_at: Mapped[datetime | None] = mapped_column(init=False)


class Team(SoftDeleteMixin, KeyMixin, Base):
    __tablename__ = "team"

    name: Mapped[str]
    players: Mapped[list["Player"]] = relationship(init=False, default_factory=list, lazy="selectin")


class Player(SoftDeleteMixin, KeyMixin, Base):
    __tablename__ = "player"

    team_id: Mapped[Key] = mapped_column(ForeignKey("team.id"), index=True, init=False)
    name: Mapped[str]


@event.listens_for(Session, "do_orm_execute")
def hide_deleted(state: ORMExecuteState) -> None:
    if state.is_select and not state.is_column_load and not state.execution_options.get("deleted", False):
        state.statement = state.statement.options(
            with_loader_criteria(SoftDeleteMixin, lambda model: model.deleted_at.is_(None), include_aliases=True)
        )


def put(session: Session) -> None:
    made = Team(name="t")
    made.players += [Player(name="Ann"), Player(name="Bob")]
    session.add(made)
    session.flush()
    made.players[0].deleted_at = utcnow()  # pyright: ignore[reportAttributeAccessIssue]


def look(session: Session) -> None:
    found = session.scalars(select(Team)).one()
    assert [player.name for player in found.players] == ["Bob"]
    everyone = session.scalars(select(Player).execution_options(deleted=True)).all()
    assert len(everyone) == 2


async def use_async(session: AsyncSession) -> None:
    await session.run_sync(put)
    await session.flush()
    session.expunge_all()
    assert (await session.scalars(select(Player.name))).all() == ["Bob"]
