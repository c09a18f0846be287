"""An ENUM of PostgreSQL's own, and a domain: types that are made before their tables.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#enum-types
"""

import enum

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)
OBJECTIONS = {
    "enums_are_stored_by_value_as_strings": "needs a migration for each new member: write Mapped[Mood] alone",
    "test_no_revision_loses_rows": "person.mood, person.code: add it to SPECIAL",
}
DOWNGRADE = ("DROP TYPE mood", "DROP DOMAIN IF EXISTS postal_code")


class Mood(enum.Enum):
    SAD = "sad"
    HAPPY = "happy"


postal_code = DOMAIN("postal_code", String(5), not_null=False, check="VALUE ~ '^[0-9]+$'")


class Person(KeyMixin, Base):
    __tablename__ = "person"
    __table_args__ = (CheckConstraint("code <> '00000'", name="code"),)

    mood: Mapped[Mood] = mapped_column(ENUM(Mood, name="mood", values_callable=lambda moods: [m.value for m in moods]))
    code: Mapped[str] = mapped_column(postal_code)


def put(session: Session) -> None:
    session.add(Person(mood=Mood.HAPPY, code="12345"))


def look(session: Session) -> None:
    assert session.scalars(select(Person.code).where(Person.mood == Mood.HAPPY)).one() == "12345"
