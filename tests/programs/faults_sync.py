"""Let threads run units of work until a line comes: `faults_sync.py PROFILE WORKERS URL DIRECT_URL`; see PROFILES.

The tables are made first, at the direct URL, with which no fault interferes. The line says how many seconds the last
units of work may still take.
A worker notes an operation as acknowledged after its unit of work has returned, and nowhere else.
"""
# mypy: disable-error-code="import-not-found"

import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from fault_units import Crew, Entry, Record, counted, make_tables
from my_project.db import dialect
from my_project.db.cluster.sessions import connected
from my_project.db.engine import with_driver
from my_project.db.retry import run_transaction
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from tenacity import Retrying, stop_after_delay, wait_random_exponential

Unit = Callable[[Session], str]
# Runs the unit of work of the operation with this identifier.
Run = Callable[[str, Unit], str]


@contextmanager
def defaults(url: str) -> Iterator[Run]:
    """As SQLAlchemy's tutorial does it."""
    engine = create_engine(with_driver(url, dialect.DRIVERS[0]))
    sessions = sessionmaker(engine)

    def run(_: str, unit: Unit) -> str:
        with sessions.begin() as session:
            return unit(session)

    yield run
    engine.dispose()


@contextmanager
def blind(url: str) -> Iterator[Run]:
    """On the project's engine, but every error is a reason to do the unit of work again."""
    with connected(url) as cluster:

        def run(_: str, unit: Unit) -> str:
            again = Retrying(wait=wait_random_exponential(0.02, max=1), stop=stop_after_delay(60), reraise=True)
            return str(again(once, unit))

        def once(unit: Unit) -> str:
            with cluster.writing.begin() as session:
                return unit(session)

        yield run


@contextmanager
def ours(url: str, *, pooler: bool = False) -> Iterator[Run]:
    """As the project says that units of work are run."""
    with connected(url, pooler=pooler) as cluster:

        def run(operation: str, unit: Unit) -> str:
            return str(run_transaction(cluster.writing, unit, idempotency_key=operation))

        yield run


PROFILES: dict[str, Callable[[str], AbstractContextManager[Run]]] = {
    "defaults": defaults,
    "blind": blind,
    "ours": ours,
    "pooler": lambda url: ours(url, pooler=True),
}


def work(run: Run, worker: int, crew: Crew, record: Record) -> None:
    """Do what one worker does: units of work in a row."""

    def unit(session: Session) -> str:
        session.add(Entry(operation=operation))
        session.execute(counted(worker))
        return operation

    while not crew.is_over:
        operation = record.current = uuid.uuid4().hex
        try:
            returned = run(operation, unit)
        except Exception as error:  # noqa: BLE001 - whatever comes out is what the caller has to deal with
            record.fail(error)
            time.sleep(0.01)
        else:
            record.acknowledge(returned)
            if crew.rest:
                time.sleep(crew.rest)


def main(profile: str, workers: str, url: str, direct_url: str) -> None:
    """Work until a line comes."""
    make_tables(direct_url)
    crew = Crew([Record() for _ in range(int(workers))])
    with PROFILES[profile](url) as run:
        # daemons: one that waits for ever must not keep the program from its report
        threads = [
            threading.Thread(target=work, args=(run, number, crew, record), daemon=True)
            for number, record in enumerate(crew.records)
        ]
        for thread in threads:
            thread.start()
        while not crew.has_begun:
            time.sleep(0.01)
        crew.begin()
        patience = crew.wait_for_end()
        crew.stop()
        end = time.monotonic() + patience
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
        crew.report()


if __name__ == "__main__":
    main(*sys.argv[1:])
