"""A schema for each tenant: the models name none, and a connection chooses.

https://docs.sqlalchemy.org/en/21/core/connections.html#translation-of-schema-names
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Engine, select
from sqlalchemy.orm import Mapped, Session

DATABASES = ("postgresql",)


class Letter(KeyMixin, Base):
    __tablename__ = "letter"

    text: Mapped[str]


def put(session: Session) -> None:
    connection = session.connection()
    connection.exec_driver_sql("CREATE SCHEMA tenant")
    connection.exec_driver_sql("CREATE TABLE tenant.letter (LIKE public.letter INCLUDING ALL)")
    session.add(Letter(text="ours"))


def look(session: Session) -> None:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    tenant = engine.execution_options(schema_translate_map={None: "tenant"})
    with Session(tenant) as other, other.begin():
        other.add(Letter(text="theirs"))
    with Session(tenant) as other:
        assert other.scalars(select(Letter.text)).all() == ["theirs"]
    assert session.scalars(select(Letter.text)).all() == ["ours"]
