"""Sessions on a cluster: one factory writes, one reads and may be a little behind, and one reads from the writer.

    with connected(settings.database_url, read_url=settings.database_read_url) as cluster:
        run_transaction(cluster.writing, work, idempotency_key=request_id)
        with reading(cluster, after=written(cluster)) as session:
            ...

A unit of work uses only one of them, because a replica does not show what the unit has just written.
Without a read URL both lead to the same server, so the same code runs on one server and on many.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NewType

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from ..retry import run_transaction
from ..session import Session, SessionFactory, make_sessions, transaction
from . import nodes
from .engine import engine_arguments
from .progress import OutcomeUnknown, is_temporary

# Factories of sessions, as `make_sessions` makes them; type checkers tell the two apart.
Writing = NewType("Writing", SessionFactory)
Reading = NewType("Reading", SessionFactory)


class BehindError(Exception):
    """A replica did not apply a position in time."""


@dataclass(frozen=True)
class Cluster:
    """The session factories, and their engines."""

    # On the node that takes writes.
    writing: Writing
    # On a replica if there is one. The database refuses writes in these sessions.
    reading: Reading
    # Read-only sessions on the node that takes writes, which is never behind; the position for a token is read there.
    reading_from_writer: Reading
    # Every engine of the process, for event listeners.
    engines: list[Engine]


@contextmanager
def connected(url: str | URL, *, read_url: str | URL | None = None, **options: Any) -> Generator[Cluster]:
    """Open the engines of a process, which connect on first use, and dispose of them at the end.

    `options` go to create_engine(); `pooler=True` is for URLs of a pooler in transaction mode.
    Raises ValueError for a wrong URL.
    """
    writer = create_engine(**engine_arguments(url, "writer", **options))
    reader = read_only_writer = create_engine(**engine_arguments(url, "writer", read_only=True, **options))
    engines = [writer, read_only_writer]
    if read_url:
        reader = create_engine(**engine_arguments(read_url, "reader", read_only=True, **options))
        engines.append(reader)
    try:
        yield Cluster(
            Writing(make_sessions(writer)),
            Reading(make_sessions(reader)),
            Reading(make_sessions(read_only_writer)),
            engines,
        )
    finally:
        for engine in engines:
            engine.dispose()


def written(cluster: Cluster) -> str:
    """Return a causality token for everything committed by now: pass it to `reading`, here or in another process."""

    def look(session: Session) -> str:
        return str(session.scalar(nodes.position()))

    try:
        return run_transaction(cluster.reading_from_writer, look)
    except OutcomeUnknown:
        return written(cluster)  # reading the position twice does no harm


@contextmanager
def reading(cluster: Cluster, *, after: str | None = None, max_wait: float = 2) -> Generator[Session]:
    """Open a read-only unit of work that sees everything committed before the causality token `after`.

    It waits up to `max_wait` seconds for the replica to catch up. Then, or if the replica breaks meanwhile, it reads
    from the writer. Without `after` it may be some moments behind.
    """
    try:
        with transaction(cluster.reading) as session:
            if after is not None:
                wait_for(session, after, max_wait)
            yield session
            return
    except BehindError:
        pass
    with transaction(cluster.reading_from_writer) as session:
        yield session


def wait_for(session: Session, position: str, max_wait: float) -> None:
    """Wait until the node of this session has applied a position; raise BehindError after `max_wait` seconds."""
    end = time.monotonic() + max_wait
    try:
        while not session.scalar(nodes.has_applied(position, max_wait)):
            if time.monotonic() > end:
                raise BehindError(position)
            time.sleep(0.02)
    except (DBAPIError, TimeoutError) as error:
        # Galera raises a lock timeout when it has waited in vain.
        if not is_temporary(error):
            raise
        raise BehindError(position) from error
