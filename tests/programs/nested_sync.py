"""Open units of work inside of others, on SQLite: `nested_sync.py URL` prints for each what came of it, as JSON.

For `sqlite://` the engines share a database in memory.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import gc
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product

import anyio
from anyio import CapacityLimiter, to_thread
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.retry import is_retryable, run_transaction
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError


class Item(KeyMixin, Base):
    """A row that units of work store."""

    __tablename__ = "nested_items"

    name: Mapped[str] = mapped_column(default="")


class Units:
    """The engines, and small units of work."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = make_engine(url)
        self.reading: Engine = make_engine(self.engine.url, read_only=True)
        self.sessions: SessionFactory = make_sessions(self.engine)
        self.read_only: SessionFactory = make_sessions(self.reading)

    def make_tables(self) -> None:
        with self.engine.begin() as connection:
            Base.metadata.create_all(connection)

    def dispose(self) -> None:
        self.reading.dispose()
        self.engine.dispose()

    def write(self) -> None:
        with transaction(self.sessions) as session:
            write(session)

    def read(self) -> None:
        with transaction(self.sessions) as session:
            read(session)

    def read_with_read_only_sessions(self) -> None:
        with transaction(self.read_only) as session:
            read(session)

    def write_with_run_transaction(self) -> None:
        run_transaction(self.sessions, write)

    def write_with_a_session(self) -> None:
        with self.sessions() as session:
            write(session)
            session.commit()

    def write_with_a_connection(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(Item).values(name=""))


def write(session: Session) -> None:
    session.add(Item())
    session.flush()


def read(session: Session) -> None:
    session.execute(select(Item))


# One unit inside of another one, of the same thread


def inside_of_a_writing_one(units: Units, inner: Callable[[], None]) -> None:
    with transaction(units.sessions) as session:
        write(session)
        inner()
        write(session)


def inside_of_run_transaction(units: Units, inner: Callable[[], None]) -> None:
    def work(session: Session) -> None:
        write(session)
        inner()

    run_transaction(units.sessions, work)


def inside_of_a_reading_one(units: Units, inner: Callable[[], None]) -> None:
    with transaction(units.read_only) as session:
        read(session)
        inner()
        read(session)


def before_the_first_statement(units: Units, inner: Callable[[], None]) -> None:
    with transaction(units.sessions) as session:
        inner()
        write(session)


INNER: dict[str, Callable[[Units], None]] = {
    "write": Units.write,
    "read": Units.read,
    "read only": Units.read_with_read_only_sessions,
    "run_transaction": Units.write_with_run_transaction,
    "session": Units.write_with_a_session,
    "connection": Units.write_with_a_connection,
}
OUTER = {
    "writing": inside_of_a_writing_one,
    "run_transaction": inside_of_run_transaction,
    "reading": inside_of_a_reading_one,
    "before its first statement": before_the_first_statement,
}


# Units that wait for each other, or for nothing


def in_another_thread(units: Units) -> None:
    """Wait for the unit of this thread, in another one."""
    with ThreadPoolExecutor(1) as pool:
        with transaction(units.sessions) as session:
            write(session)
            waiting = pool.submit(units.write)
            time.sleep(0.3)
        waiting.result()


def in_steps_of_many_threads(units: Units) -> None:
    """Begin, write and commit in different threads, as FastAPI does; the first thread meanwhile begins another unit."""
    anyio.run(steps_of_many_threads, units)


async def steps_of_many_threads(units: Units) -> None:
    """Run two units of work, whose steps are of one thread if it is free, and of another one if it is not."""
    threads = CapacityLimiter(2)

    async def request(started: anyio.Event, go_on: anyio.Event) -> None:
        unit = transaction(units.sessions)
        session = await to_thread.run_sync(unit.__enter__, limiter=threads)
        await to_thread.run_sync(write, session, limiter=threads)
        started.set()
        await go_on.wait()
        await to_thread.run_sync(write, session, limiter=threads)
        await to_thread.run_sync(unit.__exit__, None, None, None, limiter=threads)

    first, go_on, second = anyio.Event(), anyio.Event(), anyio.Event()
    go_on_second = anyio.Event()
    go_on_second.set()
    async with anyio.create_task_group() as requests:
        requests.start_soon(request, first, go_on)
        await first.wait()
        requests.start_soon(request, second, go_on_second)
        await anyio.sleep(0.3)  # it waits in the thread that has begun the first one
        go_on.set()


def by_many_threads(units: Units) -> None:
    """Write in threads that have other threads' transactions beside them."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(units.write) for _ in range(40)]:
            done.result()


def after_one_that_was_closed(units: Units) -> None:
    """Write after a session that was closed before its end."""
    session = units.sessions()
    write(session)
    session.close()
    units.write()


def after_one_that_was_forgotten(units: Units) -> None:
    """Write after a session that nobody has closed and nobody refers to."""
    session = units.sessions()
    write(session)
    del session
    gc.collect()
    units.write()


def after_one_that_raised(units: Units) -> None:
    """Write after a unit of work that was rolled back."""
    try:
        inside_of_a_writing_one(units, units.write)
    except SQLAlchemyError:
        units.write()


def on_another_database(units: Units) -> None:
    """Write into another database inside of a writing unit of work."""
    other = Units("sqlite://")
    other.make_tables()
    inside_of_a_writing_one(units, other.write)
    other.dispose()


def in_a_savepoint(units: Units) -> None:
    """Write into savepoints."""
    with transaction(units.sessions) as session, session.begin_nested():
        write(session)
        with session.begin_nested():
            write(session)


def until_the_deadline(units: Units) -> None:
    """Conflict with another unit of work again and again."""

    def work(session: Session) -> None:
        read(session)
        raise StaleDataError

    run_transaction(units.sessions, work, attempts=30, deadline=0.5)


WAITING: dict[str, Callable[[Units], None]] = {
    "in another thread": in_another_thread,
    "in steps of many threads": in_steps_of_many_threads,
    "by many threads": by_many_threads,
    "after one that was closed": after_one_that_was_closed,
    "after one that was forgotten": after_one_that_was_forgotten,
    "after one that raised": after_one_that_raised,
    "on another database": on_another_database,
    "in a savepoint": in_a_savepoint,
    "until the deadline": until_the_deadline,
}


def report(name: str, unit: Callable[[], None]) -> None:
    """Run a unit of work, and print what came of it."""
    began = time.monotonic()
    found = {"name": name, "error": "", "is_retryable": False}
    try:
        unit()
    except SQLAlchemyError as error:
        found |= {"error": f"{type(error).__name__}: {error}", "is_retryable": is_retryable(error)}
    print(json.dumps(found | {"seconds": time.monotonic() - began}), flush=True)


def main(url: str) -> None:
    """Run all of them."""
    units = Units(url)
    units.make_tables()
    for (outer, open_outer), (inner, open_inner) in product(OUTER.items(), INNER.items()):
        report(f"{inner} in {outer}", partial(open_outer, units, partial(open_inner, units)))
    for name, unit in WAITING.items():
        report(name, partial(unit, units))
    units.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
