"""Ways to set a database up for many workers, and what came of it, for `concurrency_sync` and `concurrency_async`."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from statistics import quantiles
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import VersionMixin
from side_by_side import Measures, pick
from sqlalchemy import Engine, event, make_url
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.pool import NullPool

WORKERS = pick((4,), (1, 16), (1, 4, 16, 64))
UNITS = pick(16, 64, 192)  # of work, of all workers together
ROUNDS = pick(1, 1, 3)
ROWS = 4
ATTEMPTS = 50  # of workers that do nothing but race, about one unit in some thousands loses ten times in a row


class Counter(KeyMixin, Base):
    """A row that workers add to."""

    __tablename__ = "counters"

    value: Mapped[int] = mapped_column(default=0)


class VersionedCounter(KeyMixin, VersionMixin, Base):
    """A row of which the second of two concurrent changes is refused."""

    __tablename__ = "versioned_counters"

    value: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Way:
    """How an engine is made, and how a unit of work reads the row that it changes."""

    ours: bool = False  # the project's engine, sessions and `run_transaction`, or SQLAlchemy's own
    options: Mapping[str, Any] = field(default_factory=dict)  # of create_engine()
    pragmas: tuple[str, ...] = ()
    begin: str = ""  # the statement that begins a transaction, in place of sqlite3's own rules
    model: type[Counter] | type[VersionedCounter] = Counter

    @property
    def lock(self) -> bool:
        """Return whether a unit of work locks the row when it reads it; on SQLite, the database."""
        return self.ours and self.model is Counter

    def configure(self, engine: Engine) -> None:
        """Give each connection what the way says."""

        @event.listens_for(engine, "connect")
        def connect(connection: Any, _record: object) -> None:
            if self.begin:
                connection.isolation_level = None
            for pragma in self.pragmas:
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA {pragma}")
                cursor.close()

        if self.begin:
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(self.begin))


def pool(size: int) -> dict[str, Any]:
    """Return the options of a pool that never has more connections."""
    return {"pool_size": size, "max_overflow": 0}


WAL = ("journal_mode = WAL",)
PATIENT = {"connect_args": {"timeout": 30}}  # seconds, instead of 5
WAYS = {
    "sqlite": {
        "this project": Way(ours=True),
        "this project, synchronous = FULL": Way(ours=True, pragmas=("synchronous = FULL",)),
        "this project, pool of 1 to write": Way(ours=True, options=pool(1)),
        "this project, pool of 15, as SQLAlchemy's": Way(ours=True, options=pool(15)),
        "SQLAlchemy's defaults": Way(),
        "NullPool": Way(options={"poolclass": NullPool}),
        "WAL": Way(pragmas=WAL),
        "WAL, timeout of 30 s": Way(pragmas=WAL, options=PATIENT),
        "BEGIN": Way(begin="BEGIN"),
        "BEGIN IMMEDIATE, timeout of 30 s": Way(begin="BEGIN IMMEDIATE", options=PATIENT),
    },
    "server": {
        "this project": Way(ours=True),
        "this project, versioned rows": Way(ours=True, model=VersionedCounter),
        **{f"this project, pool of {size}": Way(ours=True, options=pool(size)) for size in (1, 5, 20, 64)},
        "SQLAlchemy's defaults": Way(),
        "NullPool": Way(options={"poolclass": NullPool}),
    },
}


def turns(keys: list[Any], worker: int) -> Iterator[Any]:
    """Go round the rows, each worker from another one."""
    return cycle(keys[worker % ROWS :] + keys[: worker % ROWS])


def ways_for(url: str) -> dict[str, Way]:
    """Return the ways for a database."""
    return WAYS["sqlite" if make_url(url).get_backend_name() == "sqlite" else "server"]


def title_of(url: str) -> str:
    """Return the name of a database, for people."""
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(make_url(url).get_backend_name(), "MariaDB")


@dataclass
class Tally:
    """The report of workers: begin and end, seconds of each unit of work and of each reading, and errors."""

    began: float = 0.0
    ended: float = 0.0
    units: list[float] = field(default_factory=list)
    readings: list[float] = field(default_factory=list)
    errors: int = 0


def measures(tallies: Iterable[Tally], total: int) -> Measures:
    """Return what came of it, where `total` is the sum of the rows in the end: seconds for each unit that committed."""
    tallies = list(tallies)
    units = [seconds for tally in tallies for seconds in tally.units]
    readings = [seconds for tally in tallies for seconds in tally.readings]
    took = max(tally.ended for tally in tallies) - min(tally.began for tally in tallies)
    of_units, of_readings = (quantiles(seconds, n=100, method="inclusive") for seconds in (units, readings))
    return {
        "seconds": took / len(units),
        "p50 ms": of_units[49] * 1000,
        "p99 ms": of_units[98] * 1000,
        "p99 ms of reading": of_readings[98] * 1000,
        "errors": sum(tally.errors for tally in tallies),
        "lost updates": len(units) - total,
    }
