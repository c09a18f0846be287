"""A tree by paths: ancestors are found by a prefix, through a relationship that only reads."""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship, remote


class Folder(KeyMixin, Base):
    __tablename__ = "folder"

    path: Mapped[str] = mapped_column(String(500), unique=True)
    descendants: Mapped[list["Folder"]] = relationship(
        primaryjoin=lambda: remote(foreign(Folder.path)).like(Folder.path.concat(".%")),
        viewonly=True,
        order_by=lambda: Folder.path,
        init=False,
        lazy="selectin",
        join_depth=1,
    )


def put(session: Session) -> None:
    session.add_all(Folder(path=path) for path in ("a", "a.b", "a.b.c", "ab"))


def look(session: Session) -> None:
    folder = session.scalars(select(Folder).where(Folder.path == "a")).one()
    assert [below.path for below in folder.descendants] == ["a.b", "a.b.c"]
