"""A plain integer key as tutorials write it, and one that SQLite never uses twice."""

from my_project.db.base import Base
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Plain(Base):
    __tablename__ = "plain"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(30))


class Strict(Base):
    __tablename__ = "strict"
    __table_args__ = {"sqlite_autoincrement": True, "mysql_engine": "InnoDB"}

    id: Mapped[int] = mapped_column(primary_key=True, init=False)


def put(session: Session) -> None:
    session.add_all([Plain(name="Ann"), Strict(), Strict()])


def look(session: Session) -> None:
    assert session.scalars(select(Plain.name)).one() == "Ann"
    last = session.scalars(select(Strict).order_by(Strict.id.desc()).limit(1)).one()
    session.delete(last)
    session.flush()
    session.add(Strict())
    session.flush()
    assert session.scalars(select(Strict.id).order_by(Strict.id.desc())).first() == last.id + 1
