"""Arrays of PostgreSQL, whose changes are noticed, with an index.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#sqlalchemy.dialects.postgresql.ARRAY
"""

import uuid

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, Integer, String, Uuid, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Recipe(KeyMixin, Base):
    __tablename__ = "recipe"
    __table_args__ = (Index(None, "tags", postgresql_using="gin"),)

    tags: Mapped[list[str]] = mapped_column(MutableList.as_mutable(ARRAY(String(30))), default_factory=list)
    grid: Mapped[list[list[int]]] = mapped_column(ARRAY(Integer, dimensions=2), server_default=text("'{}'"), init=False)
    steps: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default_factory=list, server_default="{}")


def put(session: Session) -> None:
    session.add(Recipe(tags=["sweet", "é, \"'"], steps=[uuid.UUID(int=1)]))


def look(session: Session) -> None:
    recipe = session.scalars(select(Recipe).where(Recipe.tags.contains(["sweet"]))).one()
    assert (recipe.tags[1], recipe.grid, recipe.steps) == ("é, \"'", [], [uuid.UUID(int=1)])
    recipe.tags.append("hot")
    recipe.grid = [[1, 2], [3, 4]]
    session.flush()
    session.expire_all()
    assert (recipe.tags[-1], recipe.grid) == ("hot", [[1, 2], [3, 4]])
    assert session.scalars(select(func.cardinality(Recipe.tags))).one() == 3
