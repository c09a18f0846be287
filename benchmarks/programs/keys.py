"""Inserting rows by the kind of their primary key."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import sys
import uuid
from functools import partial

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.session import make_engine, make_sessions, transaction
from my_project.db.statements import recorded
from side_by_side import compare
from sqlalchemy import BigInteger, Identity, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

ROWS = 2000


class Counted(Base):
    """A key that the database counts up, as with the answer `integer`."""

    __tablename__ = "counted"
    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True, init=False
    )
    name: Mapped[str]


class Version7(KeyMixin, Base):
    """A key that the application makes, as with the answer `uuid`."""

    __tablename__ = "version7"
    name: Mapped[str]


class Random(Base):
    """A random key that the application makes."""

    __tablename__ = "random"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, init=False, default_factory=uuid.uuid4)
    name: Mapped[str]


MODELS: dict[str, type[Base]] = {"UUIDv7, the answer uuid": Version7, "BIGINT, the answer integer": Counted}
MODELS["UUIDv4 of the application"] = Random

engine = make_engine(sys.argv[1])
if engine.dialect.name == "postgresql":

    class OfServer(Base):
        """A random key that the database makes."""

        __tablename__ = "of_server"
        id: Mapped[uuid.UUID] = mapped_column(primary_key=True, init=False, server_default=func.gen_random_uuid())
        name: Mapped[str]

    MODELS["UUIDv4 of the server"] = OfServer

sessions = make_sessions(engine)
Base.metadata.create_all(engine)


def insert(model: type[Base]) -> str:
    """Write ROWS objects in one unit of work."""
    with recorded(engine) as statements, transaction(sessions) as session:
        session.add_all(model(name="someone") for _ in range(ROWS))
    return f"{len(statements)} statements"


compare(f"{ROWS} new objects in one unit of work", {name: partial(insert, model) for name, model in MODELS.items()})
engine.dispose()
