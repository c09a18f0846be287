"""Use all nodes of a cluster at once: `all_nodes_sync.py races|reads UNITS URL…`, with a URL for each node."""
# mypy: disable-error-code="import-not-found"

import json
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from counters import Tally, report
from fault_units import Counter, Entry, counted
from my_project.db.cluster.sessions import Cluster, connected, reading, written
from my_project.db.retry import run_transaction
from my_project.db.session import transaction
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

WORKERS = 8
HOT = 0  # the counter that all workers add to

Unit = Callable[[Session], None]


def once(cluster: Cluster, unit: Unit) -> None:
    """Run a unit of work once."""
    with transaction(cluster.writing) as session:
        unit(session)


def again(cluster: Cluster, unit: Unit) -> None:
    """Run a unit of work as the project does."""
    run_transaction(cluster.writing, unit)


def race(run: Callable[[Cluster, Unit], None], cluster: Cluster, units: int) -> Tally:
    """Do what one worker does: add to the one row."""

    def increment(session: Session) -> None:
        session.execute(counted(HOT))

    tally = Tally()
    for _ in range(units):
        try:
            run(cluster, increment)
        except OperationalError as error:
            tally.errors[str(error.orig)] += 1
        else:
            tally.committed += 1
    return tally


def races(units: int, clusters: list[Cluster]) -> None:
    """Let workers on all nodes add to one row, without another attempt and with it; report both."""
    value = 0
    for run in (once, again):
        with ThreadPoolExecutor(WORKERS) as pool:
            workers = [pool.submit(race, run, clusters[number % len(clusters)], units) for number in range(WORKERS)]
        tallies = [worker.result() for worker in workers]
        before, value = value, current_value(clusters[0])
        report(tallies, value - before)


def current_value(cluster: Cluster) -> int:
    """Return what the row that all add to says."""
    with reading(cluster, after=written(cluster)) as session:
        return int(session.get_one(Counter, HOT).value)


def is_stale(cluster: Cluster, *, with_token: bool) -> bool:
    """Write something, and return whether a reader then does not see it."""
    operation = uuid.uuid4().hex

    def write(session: Session) -> None:
        session.add(Entry(operation=operation))

    run_transaction(cluster.writing, write)
    with reading(cluster, after=written(cluster) if with_token else None) as session:
        return session.scalar(select(Entry.id).where(Entry.operation == operation)) is None


def reads(units: int, url: str, read_url: str) -> None:
    """Read what was just written, on another node, with a token and without; report how often it was not there."""
    with connected(url, read_url=read_url) as cluster:
        found = [(is_stale(cluster, with_token=True), is_stale(cluster, with_token=False)) for _ in range(units)]
    with_token, without = zip(*found, strict=True)
    print(json.dumps({"with a token": sum(with_token), "without": sum(without)}))


def main(what: str, units: str, *urls: str) -> None:
    """Race, or read."""
    if what == "reads":
        reads(int(units), *urls)
    else:
        with ExitStack() as stack:
            races(int(units), [stack.enter_context(connected(url)) for url in urls])


if __name__ == "__main__":
    main(*sys.argv[1:])
