"""Comments on tables and columns, kept in the database."""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Sensor(KeyMixin, Base):
    __tablename__ = "sensor"
    __table_args__ = {"comment": "What measures; it's 100 % real"}

    name: Mapped[str] = mapped_column(String(50), comment="As printed on the box")
    celsius: Mapped[float | None] = mapped_column(comment="NULL: not measured yet", default=None)


def put(session: Session) -> None:
    session.add(Sensor(name="a"))


def look(session: Session) -> None:
    assert session.scalars(select(Sensor.name)).one() == "a"
    if session.connection().dialect.supports_comments:
        found = inspect(session.connection()).get_table_comment("sensor")
        assert found["text"] == "What measures; it's 100 % real"
