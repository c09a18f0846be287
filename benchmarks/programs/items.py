"""The table of `bulk`, the ways to send statements for many rows, and how they are timed."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Any

from memory import peak
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import AuditMixin
from my_project.db.session import make_engine, make_sessions, transaction
from side_by_side import Measures, compare, pick
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Mapped
from statements import recorded

Rows = list[dict[str, Any]]
Work = Callable[[], int | None]  # returns how many statements it sent past SQLAlchemy, if any

ROWS = pick(200, 5_000, 100_000)
VALUES = [(f"item {number}", number) for number in range(ROWS)]


class Item(KeyMixin, AuditMixin, Base):
    """A row: what README.md of the project makes of a model, and two columns."""

    __tablename__ = "items"
    name: Mapped[str]
    quantity: Mapped[int]


table = Base.metadata.tables["items"]
engine = make_engine(sys.argv[1])
sessions = make_sessions(engine)
DIALECT = engine.dialect.name
DATABASE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(DIALECT, "MariaDB")


def of_driver(key: Any) -> Any:
    """Return a key as the driver takes it: only PostgreSQL has a type for UUIDs."""
    return key if DATABASE == "PostgreSQL" else key.hex


def by_driver(statement: str, rows: Iterable[object]) -> None:
    """Send a raw statement for many rows in a transaction."""
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.executemany(statement if DATABASE == "SQLite" else statement.replace("?", "%s"), list(rows))


def by_session(statement: Any, rows: Rows | None = None) -> None:
    """Send a statement in a unit of work."""
    with transaction(sessions) as session:
        session.execute(statement, rows)


def by_core(statement: Any, rows: Rows) -> None:
    """Send a statement without the ORM."""
    with engine.begin() as connection:
        connection.execute(statement, rows)


def empty() -> None:
    """Remove all rows."""
    with engine.begin() as connection:
        connection.execute(delete(Item) if DATABASE == "SQLite" else text("TRUNCATE TABLE items"))


def fill() -> None:
    """Let the table have the rows as they were at first."""
    empty()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO items SELECT * FROM originals"))
    if DATABASE == "MariaDB":  # what the way before left to clean up would run beside the next one
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET GLOBAL innodb_max_purge_lag_wait = 0"))


def timed(prepare: Callable[[], object], work: Work, more: int, counts: Measures) -> Measures:
    """Prepare, and time the work; afterwards each quantity must be `more` than at first."""
    prepare()
    with recorded(engine) as statements:
        start = perf_counter()
        raw = work()
        seconds = perf_counter() - start
    with engine.connect() as connection:
        found = connection.scalar(select(func.sum(Item.quantity)))
    assert found == sum(quantity + more for _, quantity in VALUES), found
    return {"seconds": seconds, "statements": raw or len(statements), **counts}


def compare_items(
    title: str,
    ways: Mapping[str, Work],
    prepare: Callable[[], object],
    *,
    rounds: int,
    more: int = 0,
    memory: bool = False,
) -> None:
    """Compare ways to do something with all rows; their need of memory is measured in a call of its own.

    The first way is what the project recommends, so no other way of the ORM should be faster.
    """
    timed_ways = {
        name: partial(timed, prepare, work, more, {"MB": peak(work)} if memory else {}) for name, work in ways.items()
    }
    bounds = {name: (1.0, None) for name in ways if name.startswith("ORM")}
    compare(DATABASE, timed_ways, group=f"{ROWS:,} rows {title}", rounds=rounds, bounds=bounds)
