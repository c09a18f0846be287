"""Threads that add to one row of a SQLite file: the engine of the project, and SQLAlchemy's defaults."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.session import make_engine
from my_project.db.url import with_driver
from side_by_side import compare
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column, sessionmaker

THREADS, UNITS = 8, 50


class Counter(KeyMixin, Base):
    """The row."""

    __tablename__ = "counters"
    value: Mapped[int] = mapped_column(default=0)


def race(make: Callable[[str], Engine], url: str) -> str:
    """Let the threads add 1, each some times."""
    engine = make(url)
    sessions = sessionmaker(engine, expire_on_commit=False)
    Base.metadata.create_all(engine)
    with sessions.begin() as session:
        session.add(counter := Counter())

    def add(_number: int) -> bool:
        try:
            with sessions.begin() as session:
                session.get_one(Counter, counter.id).value += 1
        except OperationalError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        committed = sum(pool.map(add, range(THREADS * UNITS)))
    with sessions() as session:
        lost = committed - session.get_one(Counter, counter.id).value
    engine.dispose()
    return f"{committed} of {THREADS * UNITS} committed, {lost} of them lost"


url = sys.argv[1]
compare(
    f"{THREADS} threads, {UNITS} times read, add 1 and write",
    {
        "the project's engine": partial(race, make_engine, url),
        "SQLAlchemy's defaults": partial(
            race, lambda other: create_engine(with_driver(other, "pysqlite")), url.replace(".db", "-defaults.db")
        ),
    },
)
