"""Shared by `swallowed_sync.py` and `swallowed_async.py`: models, statements that fail, rivals, the report.

Each prints a case a line as JSON: what was reported as stored, what was raised, what is in the database.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.keys import KeyMixin
from my_project.settings import Settings
from sqlalchemy import Connection, Engine, String, create_engine, select, text
from sqlalchemy.orm import Mapped, mapped_column

URL = Settings.load().database_url
DATABASE = URL.get_backend_name().replace("mariadb", "mysql")

# The table of idempotency keys, in a project for a cluster.
KEYS = "idempotency_records"

# Statements that fail, each an argument of `session.execute(text(...))`.
STATEMENTS = {
    "text": "INSERT INTO swallowed_items (name) VALUES ('{taken}')",
    "missing table": "SELECT * FROM nowhere",
    # SQLite ends the whole transaction itself: https://www.sqlite.org/lang_conflict.html
    "conflict clause": "INSERT OR ROLLBACK INTO swallowed_items (name) VALUES ('{taken}')",
    # The row is locked by `Rival.hold`. MariaDB raises error 1205, which also ends a wait.
    "lock timeout": "SELECT * FROM swallowed_locks WHERE id = 1 FOR UPDATE NOWAIT",
    # `Rival.clash` holds row 3, and waits for row 2.
    "deadlock": "UPDATE swallowed_locks SET value = 1 WHERE id = 3",
    "lost connection": {
        "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
        "mysql": "KILL CONNECTION_ID()",
    }.get(DATABASE, ""),
    "stale snapshot": "INSERT INTO swallowed_items (name) VALUES ('{name} stale')",
}
# Statements that last longer than their caller waits; it is cancelled.
SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(0.1)",
    "mysql": "SELECT SLEEP(0.1)",
}[DATABASE]


class Item(KeyMixin, Base):
    """A row that units of work store."""

    __tablename__ = "swallowed_items"

    name: Mapped[str] = mapped_column(String(100), unique=True)


class MarkedItem(Item):
    """A row of two tables, of which the second one is written after the first."""

    __tablename__ = "swallowed_marked_items"

    mark: Mapped[str] = mapped_column(String(100), unique=True)
    at: Mapped[datetime | None] = mapped_column(default=None)


class Lock(Base):
    """A row that units of work and their rivals lock."""

    __tablename__ = "swallowed_locks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(default=0)


@dataclass
class Case:
    """A unit of work: what fails in it, where, and what follows; and what came of it."""

    number: int
    through: str
    fails: str
    where: str
    then: str
    # Names of the rows that a statement reported as stored, and that no savepoint has undone since.
    reported: list[str] = field(default_factory=list)
    # The error that was caught inside the unit of work.
    swallowed: str = ""
    # The error that left the unit of work, or the status and the body of the response.
    error: str = ""
    stored: list[str] = field(default_factory=list)
    # Whether the idempotency key is in the database, and what a second call with it did.
    key: bool = False
    again: str = ""
    seconds: float = 0

    @property
    def name(self) -> str:
        """Return the prefix of the names of its rows."""
        return f"{self.number}:"

    @property
    def taken(self) -> str:
        """The name of a row that it has stored before the failure."""
        return f"{self.name} outer"

    @property
    def statement(self) -> str:
        """The statement that fails."""
        return STATEMENTS[self.fails].format(name=self.name, taken=self.taken)

    @property
    def unwritable(self) -> dict[str, Any]:
        """A row of which the second table's part never reaches the server: its type or the driver refuses it."""
        if self.fails == "refused value":
            return {"name": f"{self.name} naive", "mark": self.name, "at": datetime(2026, 1, 1)}  # noqa: DTZ001
        return {"name": f"{self.name} surrogate", "mark": "\ud800"}

    def forget(self, reported: int) -> None:
        """Note that a savepoint was rolled back, before which so many rows were reported."""
        del self.reported[reported:]

    def swallow(self, error: BaseException) -> None:
        """Note an error that nobody hears of otherwise."""
        self.swallowed = self.swallowed or said(error)


def said(error: BaseException) -> str:
    """Return the type of an error and the first lines of its message."""
    return f"{type(error).__name__}: {str(error)[:600]}"


class Rival:
    """Another connection, which is in the way."""

    def __init__(self) -> None:
        options = {"timeout": 0.2} if DATABASE == "sqlite" else {}
        self.engine: Engine = create_engine(with_driver(URL, dialect.BLOCKING_DRIVER), connect_args=options)
        self.ready = threading.Event()
        self.thread: threading.Thread | None = None
        self.holding: Connection | None = None

    def hold(self) -> None:
        """Lock row 1 until `release`."""
        self.holding = self.engine.connect()
        self.holding.execute(text("UPDATE swallowed_locks SET value = 1 WHERE id = 1"))

    def change(self) -> None:
        """Commit a change."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE swallowed_locks SET value = value + 1 WHERE id = 1"))

    def clash(self) -> None:
        """Lock row 3 and then wait for row 2, which the caller has locked."""
        self.ready.clear()
        self.thread = threading.Thread(target=self._clash)
        self.thread.start()
        if not self.ready.wait(10):
            raise TimeoutError("the rival did not come so far")
        time.sleep(0.05)  # it waits for row 2 by then

    def _clash(self) -> None:
        with self.engine.connect() as connection:
            if DATABASE == "postgresql":  # the first one to look for deadlocks is the one that fails
                connection.execute(text("SET LOCAL deadlock_timeout = '10s'"))
            # MariaDB's victim is the one that has changed less
            connection.execute(text("UPDATE swallowed_locks SET value = value + 1 WHERE id >= 100"))
            connection.execute(text("UPDATE swallowed_locks SET value = 2 WHERE id = 3"))
            self.ready.set()
            connection.execute(text("UPDATE swallowed_locks SET value = 2 WHERE id = 2"))
            connection.rollback()

    def part(self) -> None:
        """Wait for the end of a clash."""
        if self.thread is not None:
            self.thread.join()
            self.thread = None

    def release(self) -> None:
        """Unlock row 1, and close the connections."""
        if self.holding is not None:
            self.holding.close()
        self.engine.dispose()


RIVAL = Rival()


def cases(file: str, throughs: list[str]) -> list[Case]:
    """Return a case for each way through and each cell in a file: [[what fails, where, then], ...]."""
    cells = json.loads(Path(file).read_text(encoding="utf-8"))
    return [Case(number, through, *cell) for number, (through, cell) in enumerate(product(throughs, cells))]


def report(cases: list[Case]) -> None:
    """Print each case with what is in the database: its rows, and its idempotency key."""
    with RIVAL.engine.connect() as connection:
        names = [name for (name,) in connection.execute(text("SELECT name FROM swallowed_items ORDER BY id"))]
        has_keys = any(case.through == "idempotency key" for case in cases)
        keys = set(connection.scalars(select(Base.metadata.tables[KEYS].c.key))) if has_keys else set()
    for case in cases:
        case.stored = [name for name in names if name.startswith(case.name)]
        case.key = str(case.number) in keys
        print(json.dumps(asdict(case)))
