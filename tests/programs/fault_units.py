"""The units of work of the fault suite, and what the workers note of them: `fault_units.py URL` makes the tables.

A unit of work inserts an entry and adds 1 to the counter of its worker: if it is done whole or not at all, there
are always as many entries as the counters say.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import json
import sys
import time
from dataclasses import dataclass, field

from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.cluster.idempotency import IdempotencyRecord
from my_project.db.engine import with_driver
from my_project.db.keys import KeyMixin
from sqlalchemy import Update, create_engine, insert, update
from sqlalchemy.orm import Mapped, mapped_column

MAX_WORKERS = 32
# Seconds without an acknowledgement at the end of a run, after which a worker counts as stuck: `run_transaction` waits
# up to 2 between attempts.
SILENCE = 3


class Entry(KeyMixin, Base):
    """The row that a unit of work inserts."""

    __tablename__ = "fault_entries"

    # Without a unique constraint: it must be possible to see an operation twice.
    operation: Mapped[str]


class Counter(Base):
    """The row that a unit of work increments."""

    __tablename__ = "fault_counters"

    worker: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(default=0)


def counted(worker: int) -> Update:
    """Add 1 in SQL, so that not even two attempts of one unit of work can overwrite each other."""
    return update(Counter).where(Counter.worker == worker).values(value=Counter.value + 1)


@dataclass
class Record:
    """The report of one worker on its units of work."""

    acknowledged: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    # The operation whose unit of work runs now.
    current: str = ""
    last: float = field(default_factory=time.monotonic)
    stall: float = 0

    def acknowledge(self, returned: str) -> None:
        """Note that the unit of work has returned, which is worth something only if it returned its own result."""
        if returned != self.current:
            self.fail(ValueError(f"{self.current} returned {returned}"))
            return
        self.acknowledged.append(self.current)
        self.current = ""
        self.pause(time.monotonic())
        self.last = time.monotonic()

    def fail(self, error: Exception) -> None:
        """Note that the unit of work has raised."""
        self.errors[self.current] = f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
        self.current = ""

    def pause(self, now: float) -> None:
        """Note how long the worker is without an acknowledgement by now."""
        self.stall = max(self.stall, now - self.last)


@dataclass
class Crew:
    """All workers of a run."""

    records: list[Record]
    stuck: int = 0
    # No worker begins another unit of work.
    is_over: bool = False
    # Seconds between two units of work of a worker.
    rest: float = 0

    @property
    def has_begun(self) -> bool:
        """Whether each worker has come through its first unit of work."""
        return all(record.acknowledged or record.errors for record in self.records)

    def begin(self) -> None:
        """Say that all work, and measure from now: connecting for the first time is no stall."""
        for record in self.records:
            record.last, record.stall = time.monotonic(), 0
        print("working", flush=True)

    def wait_for_end(self) -> float:
        """Wait for the line that ends the run, and return its seconds; work less after the line `calm`."""
        line = sys.stdin.readline()
        if line == "calm\n":
            self.rest = 0.05
            line = sys.stdin.readline()
        return float(line or 0)

    def stop(self) -> None:
        """End the run."""
        now = time.monotonic()
        self.is_over = True
        for record in self.records:
            record.pause(now)
        self.stuck = sum(now - record.last > SILENCE for record in self.records)

    def report(self) -> None:
        """Print what the workers know, as JSON."""
        report = {
            "acknowledged": [operation for record in self.records for operation in record.acknowledged],
            "errors": {operation: text for record in self.records for operation, text in record.errors.items()},
            "unfinished": [record.current for record in self.records if record.current],
            "stalls": [record.stall for record in self.records],
            "stuck": self.stuck,
        }
        print(json.dumps(report))


def make_tables(url: str) -> None:
    """Make the tables, with a counter for each worker."""
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
    with engine.begin() as connection:
        tables = [model.__table__ for model in (Entry, Counter, IdempotencyRecord)]
        Base.metadata.create_all(connection, tables)
        connection.execute(insert(Counter), [{"worker": number, "value": 0} for number in range(MAX_WORKERS)])
    engine.dispose()


if __name__ == "__main__":
    make_tables(sys.argv[1])
