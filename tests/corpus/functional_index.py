"""An index on an expression, which MariaDB lacks.

https://docs.sqlalchemy.org/en/21/core/constraints.html#functional-indexes
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, String, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("sqlite", "postgresql")
AFTERWARDS = {"sqlite": ("CREATE UNIQUE INDEX uq_member_lower_email ON member (lower(email))",)}


class Member(KeyMixin, Base):
    __tablename__ = "member"

    email: Mapped[str] = mapped_column(String(100))


Index("uq_member_lower_email", func.lower(Member.email), unique=True)


def put(session: Session) -> None:
    session.add(Member(email="Ann@example.com"))


def look(session: Session) -> None:
    member = session.scalars(select(Member).where(func.lower(Member.email) == "ann@example.com")).one()
    assert member.email == "Ann@example.com"
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Member(email="ann@EXAMPLE.com"))
