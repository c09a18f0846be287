"""The last part of `bulk`: new objects by the kind of their key."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import uuid
from functools import partial
from time import perf_counter

from items import DATABASE, engine, sessions
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import AuditMixin
from my_project.db.session import transaction
from side_by_side import Measures, compare, pick
from sqlalchemy import BigInteger, Identity, Integer, text
from sqlalchemy.orm import Mapped, mapped_column
from statements import recorded

ROWS = pick(200, 2_000, 100_000)

# Bytes of a table, and of the index of its key if it is a separate one.
SIZES = {
    "SQLite": "SELECT sum(pgsize), 0 FROM dbstat WHERE name = '{0}' OR name LIKE 'sqlite_autoindex_{0}_%'",
    "PostgreSQL": "SELECT pg_total_relation_size('{0}'), pg_relation_size('pk_{0}')",
    "MariaDB": "SELECT data_length + index_length, 0 FROM information_schema.tables WHERE table_name = '{0}'",
}
MAKES_UUIDS = {"PostgreSQL": "gen_random_uuid()", "MariaDB": "(replace(uuid(), '-', ''))"}


class Version7(KeyMixin, AuditMixin, Base):
    """The option `uuid`."""

    __tablename__ = "version7"
    name: Mapped[str]


class Counted(AuditMixin, Base):
    """The option `integer`; db/keys.py is the one of `uuid` here."""

    __tablename__ = "counted"
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True, init=False
    )
    name: Mapped[str]


class Random(AuditMixin, Base):
    """A random key that the application makes."""

    __tablename__ = "random"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, init=False, default_factory=uuid.uuid4)
    name: Mapped[str]


MODELS: dict[str, type[Base]] = {
    "this project, uuid: UUIDv7": Version7,
    "this project, integer: BIGINT": Counted,
    "UUIDv4 of the application": Random,
}
if DATABASE in MAKES_UUIDS:

    class OfServer(AuditMixin, Base):
        """A key that the server makes."""

        __tablename__ = "of_server"
        id: Mapped[uuid.UUID] = mapped_column(primary_key=True, init=False, server_default=text(MAKES_UUIDS[DATABASE]))
        name: Mapped[str]

    MODELS["a UUID of the server"] = OfServer


def insert(model: type[Base]) -> Measures:
    """Write ROWS objects into the empty table."""
    table = model.__tablename__
    with engine.begin() as connection:
        connection.execute(text(f"{'DELETE FROM' if DATABASE == 'SQLite' else 'TRUNCATE TABLE'} {table}"))
    with recorded(engine) as statements:
        start = perf_counter()
        with transaction(sessions) as session:
            session.add_all(model(name="someone") for _ in range(ROWS))
        seconds = perf_counter() - start
    with engine.connect() as connection:
        if DATABASE == "MariaDB":
            connection.execute(text(f"ANALYZE TABLE {table}"))  # which counts the pages
        total, index = connection.execute(text(SIZES[DATABASE].format(table))).one()
    measures = {"seconds": seconds, "statements": len(statements), "MB": float(total) / 1e6}
    return measures | ({"MB of the key's index": float(index) / 1e6} if index else {})


def compare_keys() -> None:
    """Compare the keys."""
    Base.metadata.create_all(engine)
    compare(
        DATABASE,
        {name: partial(insert, model) for name, model in MODELS.items()},
        group=f"{ROWS:,} new objects by the kind of their key",
        rounds=pick(1, 2, 2),
    )
