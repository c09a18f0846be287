"""Indexes that every database has: of several columns, descending, unique, on some rows only.

https://docs.sqlalchemy.org/en/21/core/constraints.html#indexes
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, Index, String, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite", "postgresql")


class Project(KeyMixin, Base):
    __tablename__ = "project"

    name: Mapped[str] = mapped_column(String(50), index=True)


class Task(KeyMixin, Base):
    __tablename__ = "task"

    project_id: Mapped[Key] = mapped_column(ForeignKey("project.id"))
    title: Mapped[str] = mapped_column(String(50))
    done: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    rank: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_task_by_project", "project_id", "title"),
        Index(
            "uq_task_open_title",
            "title",
            unique=True,
            sqlite_where=text("NOT done"),
            postgresql_where=text("NOT done"),
        ),
        Index("ix_task_rank", "rank", postgresql_where=text("rank IS NOT NULL"), sqlite_where=text("rank IS NOT NULL")),
        Index("ix_task_a", "title", postgresql_where=text("title LIKE 'a%'"), sqlite_where=text("title LIKE 'a%'")),
    )


def put(session: Session) -> None:
    project = Project(name="p")
    session.add(project)
    session.flush()
    session.add_all(Task(project_id=project.id, title="t", done=done) for done in (True, True, False))


def look(session: Session) -> None:
    project = session.scalars(select(Project)).one()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Task(project_id=project.id, title="t"))
