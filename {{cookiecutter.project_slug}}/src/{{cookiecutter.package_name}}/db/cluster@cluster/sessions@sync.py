"""The two ways into a cluster: to write, and to read what may be a little old.

    with connected(settings.database_url, read_url=settings.database_read_url) as cluster:
        run_transaction(cluster.writing, work, idempotency_key=request_id)
        with reading(cluster, after=written(cluster)) as session:
            ...

Whole units of work go the one way or the other, never single statements: a query on a replica does not
see what the same unit has just written. Without a read URL both ways lead to the same server, so the code
is the same on one server and on many.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NewType

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from . import dialect, nodes
from .engine import with_driver
from .outcomes import Outcome, outcome_of
from .retry import OutcomeUnknown, run_transaction
from .session import make_engine, make_read_only_sessions, make_sessions, transaction

# Factories of sessions, as `make_sessions` makes them; type checkers tell the two apart.
Writing = NewType("Writing", sessionmaker[Session])
Reading = NewType("Reading", sessionmaker[Session])


class BehindError(Exception):
    """A replica does not show, in time, what it should."""


@dataclass(frozen=True)
class Cluster:
    """The session factories, and their engines."""

    # On the node that takes writes.
    writing: Writing
    # On a replica where there is one. The database refuses writes in these sessions, wherever they are.
    reading: Reading
    # Such sessions on the node that takes writes, which is never behind.
    reading_from_writer: Reading
    # Every engine of the process, for event listeners.
    engines: list[Engine]


@contextmanager
def connected(
    url: str | URL,
    *,
    read_url: str | URL | None = None,
    pooler: bool = False,
    echo: bool = False,
) -> Generator[Cluster]:
    """Make the engines of a process, and dispose of them at the end; they connect when they are first used.

    `pooler` says that the URLs lead to a pooler in transaction mode. `echo` logs each statement, without its values.
    ValueError says what is wrong with a URL.
    """
    writer = reader = open_engine(url, "writer", pooler=pooler, echo=echo)
    engines = [writer]
    if read_url:
        reader = open_engine(read_url, "reader", pooler=pooler, echo=echo)
        engines.append(reader)
    try:
        yield Cluster(
            Writing(make_sessions(writer)),
            Reading(make_read_only_sessions(reader)),
            Reading(make_read_only_sessions(writer)),
            engines,
        )
    finally:
        for engine in engines:
            engine.dispose()


def open_engine(url: str | URL, role: Literal["writer", "reader"], *, pooler: bool, echo: bool) -> Engine:
    """Return the engine for sessions of this role."""
    url = with_driver(url, dialect.NAME)
    engine = make_engine(url, echo=echo, **nodes.engine_options(url, role, pooler=pooler))
    nodes.configure(engine, role)
    return engine


def written(cluster: Cluster) -> str:
    """Return a token for everything that is committed by now: pass it to `reading`, here or in another process."""

    def look(session: Session) -> str:
        return str(session.scalar(nodes.position()))

    try:
        return run_transaction(cluster.writing, look)
    except OutcomeUnknown:
        return written(cluster)  # to look once more does no harm


@contextmanager
def reading(cluster: Cluster, *, after: str | None = None, patience: float = 2) -> Generator[Session]:
    """Open a unit of work that only reads, and that sees everything `after` stands for.

    It waits up to `patience` seconds for the replica to come so far, and then reads from the writer instead;
    also if the replica breaks meanwhile. Without `after` it may see what was true some moments ago.
    """
    try:
        with transaction(cluster.reading) as session:
            if after is not None:
                wait_for(session, after, patience)
            yield session
            return
    except BehindError:
        pass
    with transaction(cluster.reading_from_writer) as session:
        yield session


def wait_for(session: Session, position: str, patience: float) -> None:
    """Wait until the node of this session shows everything up to a position; BehindError if it does not."""
    end = time.monotonic() + patience
    try:
        while not session.scalar(nodes.has_applied(position, patience)):
            if time.monotonic() > end:
                raise BehindError(position)
            time.sleep(0.02)
    except (DBAPIError, TimeoutError) as error:
        # Galera answers with a lost race when it has waited for nothing.
        if outcome_of(error) is Outcome.FATAL:
            raise
        raise BehindError(position) from error
