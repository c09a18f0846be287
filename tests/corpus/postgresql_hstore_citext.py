"""Types of extensions that come with PostgreSQL: maps, strings without case, and an index on parts of words.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#sqlalchemy.dialects.postgresql.HSTORE
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Index, String, select
from sqlalchemy.dialects.postgresql import CITEXT, HSTORE
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)
BY_HAND = (
    "CREATE EXTENSION IF NOT EXISTS citext",
    "CREATE EXTENSION IF NOT EXISTS hstore",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
)

OBJECTIONS = {"test_no_revision_loses_rows": "login.email, login.name, login.settings: add it to SPECIAL"}


class Login(KeyMixin, Base):
    __tablename__ = "login"
    __table_args__ = (Index("ix_login_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),)

    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[str] = mapped_column(String(100))
    settings: Mapped[dict[str, str | None]] = mapped_column(MutableDict.as_mutable(HSTORE), default_factory=dict)


def put(session: Session) -> None:
    session.add(Login(email="Ann@Example.com", name="Ann Other", settings={"theme": "dark", "none": None}))


def look(session: Session) -> None:
    login = session.scalars(select(Login).where(Login.email == "ann@example.COM", Login.name.ilike("%nn o%"))).one()
    login.settings["size"] = "9"
    session.flush()
    session.expire_all()
    assert login.settings == {"theme": "dark", "none": None, "size": "9"}
