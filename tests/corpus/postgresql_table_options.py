"""Options of tables: unlogged, partitioned, with storage parameters.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#postgresql-table-options
"""

import datetime as dt

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Cached(KeyMixin, Base):
    __tablename__ = "cached"
    __table_args__ = {"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 70}}

    value: Mapped[str]


class Measurement(Base):
    __tablename__ = "measurement"
    __table_args__ = {"postgresql_partition_by": "RANGE (day)"}

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    city: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    celsius: Mapped[int]


OBJECTIONS = {"test_no_revision_loses_rows": "no sample fits one of measurement.day"}


def put(session: Session) -> None:
    session.connection().exec_driver_sql(
        "CREATE TABLE m2026 PARTITION OF measurement FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    )
    session.add_all([Cached(value="v"), Measurement(day=dt.date(2026, 7, 1), city=1, celsius=30)])


def look(session: Session) -> None:
    assert session.scalars(select(Measurement.celsius)).one() == 30
    assert session.scalars(select(Cached.value)).one() == "v"
