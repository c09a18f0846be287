"""Kill -9 a process that writes units of work, again and again; what the writers of sync and async projects share."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import json
import multiprocessing
import os
import random
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.keys import KeyMixin
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Mapped, Session, mapped_column

LONGEST_LIFE = 0.06  # seconds
UNITS = 100_000  # more than one writer can do

# Write units of work whose operations are numbered from a start; acknowledge each with the function.
Writer = Callable[[str, int, Callable[[int], None], bool], None]


class Entry(KeyMixin, Base):
    """The row that each unit of work adds."""

    __tablename__ = "entries"

    operation: Mapped[int] = mapped_column(index=True)


class Summary(KeyMixin, Base):
    """The row that each unit of work changes: it counts the entries, and fills some fifty pages."""

    __tablename__ = "summaries"

    units: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(default="")

    def count(self) -> None:
        """Count one more entry."""
        self.units += 1
        self.text = f"{self.units:>10}" * 20_000


@event.listens_for(Engine, "connect")
def keep_little_in_memory(connection: Any, _record: object) -> None:
    """Let SQLite write before the commit, so that most moments are such that half of a unit is on the disk.

    https://www.sqlite.org/pragma.html#pragma_cache_spill
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA cache_size = 10")
    cursor.close()


def without_journal() -> None:
    """Let the project's connections keep no journal on the disk, as recipes for fast tests do."""

    def switch_to_memory(cursor: Any, _seconds: float) -> None:
        cursor.execute("PRAGMA journal_mode = MEMORY")

    dialect.switch_to_wal = switch_to_memory
    dialect.SYNCHRONOUS = "OFF"


def make_tables(url: str) -> None:
    """Make the tables and the summary, and leave no connection open: SQLite forbids to carry one through a fork.

    https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_file_across_a_fork_
    """
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(Summary())
    engine.dispose()


def one_life(write: Writer, url: str, first: int, *, early: bool, from_birth: bool) -> tuple[bool, list[int]]:
    """Start a writer, kill it at a random moment, and return whether it lived so long, and what it acknowledged.

    The moment is one after its first acknowledgement; or `from_birth`, when it may still connect, and recover what
    the last one left.
    """
    receiving, sending = os.pipe()

    def acknowledge(operation: int) -> None:
        os.write(sending, b"%d\n" % operation)

    # a fork of a process that has imported everything lives from its first moment
    writer = multiprocessing.get_context("fork").Process(target=write, args=(url, first, acknowledge, early))
    writer.start()
    os.close(sending)
    if not from_birth:
        select.select([receiving], [], [])
    time.sleep(random.uniform(0, LONGEST_LIFE))  # noqa: S311, nobody has to guess it
    writer.kill()
    writer.join()
    with os.fdopen(receiving) as lines:
        acknowledged = [int(line) for line in lines]
    return writer.exitcode == -signal.SIGKILL, acknowledged


def kill(write: Writer, url: str, kills: str, way: str) -> None:
    """Kill so many writers of one file, one after the other; print their number, and what they acknowledged.

    A writer that ends by itself is the last one: it printed why.
    """
    if way == "journal in memory":
        without_journal()
    make_tables(url)
    acknowledged: list[int] = []
    killed, was_killed = 0, True
    while was_killed and killed < int(kills):
        early, from_birth = way == "acknowledged before the commit", killed % 3 == 0
        was_killed, operations = one_life(write, url, killed * UNITS, early=early, from_birth=from_birth)
        acknowledged += operations
        killed += was_killed
    print(json.dumps({"killed": killed, "acknowledged": acknowledged}))
