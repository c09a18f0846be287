"""Run units of work that swallow an error: `swallowed_sync.py CELLS WAY…` prints each as JSON; see `swallowing.py`."""
# mypy: disable-error-code="import-not-found"

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec

from fastapi import FastAPI
from fastapi.testclient import TestClient
from my_project.db.base import Base
from my_project.db.retry import run_transaction
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from my_project.web.app import make_app
from my_project.web.settings import WebSettings
from my_project.web.units import WriteSession
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from swallowing import DATABASE, RIVAL, URL, Case, Item, Lock, MarkedItem, cases, report, said

SWALLOWED = (SQLAlchemyError, UnicodeEncodeError)


def write(session: Session, case: Case, label: str) -> None:
    """Store a row, and note that the statement has reported it."""
    session.add(Item(name=f"{case.name} {label}"))
    session.flush()
    case.reported.append(f"{case.name} {label}")


@contextmanager
def savepoint(session: Session, case: Case) -> Generator[None]:
    """Open a savepoint and store a row in it; an exception that leaves the block undoes both."""
    before = len(case.reported)
    try:
        with session.begin_nested():
            write(session, case, f"inner {before}")
            yield
    except BaseException:
        case.forget(before)
        raise


# What fails


def fail(session: Session, case: Case) -> None:
    """Run what fails."""
    match case.fails:
        case "nothing":
            pass
        case "flush":
            session.add(Item(name=case.taken))
            session.flush()
        case "insert":
            session.execute(insert(Item).values(name=case.taken))
        case "insert of several":
            session.execute(insert(Item), [{"name": f"{case.name} first"}, {"name": case.taken}])
        case "insert of children":
            rows = [{"name": f"{case.name} {place}", "mark": case.name} for place in ("first", "second")]
            session.execute(insert(MarkedItem), rows)
        case "stale update":
            own = select(Item.id).where(Item.name == case.taken)
            rows = [{"id": session.scalar(own), "name": f"{case.name} changed"}, {"id": 10**9, "name": case.name}]
            session.execute(update(Item), rows)
        case "refused value" | "unsendable value":
            session.execute(insert(MarkedItem), [case.unwritable])
        case "connection":
            session.connection().execute(insert(Item).values(name=case.taken))
        case "driver's statement":
            session.connection().exec_driver_sql("SELECT * FROM nowhere")
        case _:
            session.execute(text(case.statement))


def swallow(session: Session, case: Case) -> None:
    """Run what fails, and catch its error: the mistake."""
    try:
        fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)


# What follows


def go_on(session: Session, case: Case) -> None:
    """Do what follows the error."""
    match case.then:
        case "more":
            write(session, case, "more")
        case "more, swallowed":
            try:
                write(session, case, "more")
            except SWALLOWED as error:
                case.swallow(error)
        case "rollback":
            session.rollback()
        case "rollback, more":
            session.rollback()
            write(session, case, "more")
        case "close":
            session.close()


# Where it fails, and where its error is caught


def at_the_top(session: Session, case: Case) -> None:
    swallow(session, case)
    go_on(session, case)


def in_a_savepoint(session: Session, case: Case) -> None:
    with savepoint(session, case):
        at_the_top(session, case)


def in_two_savepoints(session: Session, case: Case) -> None:
    with savepoint(session, case):
        in_a_savepoint(session, case)


def outside_of_its_savepoint(session: Session, case: Case) -> None:
    try:
        with savepoint(session, case):
            fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)
    go_on(session, case)


def between_two_savepoints(session: Session, case: Case) -> None:
    with savepoint(session, case):
        outside_of_its_savepoint(session, case)


def outside_of_two_savepoints(session: Session, case: Case) -> None:
    try:
        with savepoint(session, case), savepoint(session, case):
            fail(session, case)
    except SWALLOWED as error:
        case.swallow(error)
    go_on(session, case)


def in_a_savepoint_that_stays_open(session: Session, case: Case) -> None:
    session.begin_nested()
    write(session, case, "inner")
    at_the_top(session, case)


def before_nested_rollback(session: Session, case: Case) -> None:
    before = len(case.reported)
    nested = session.begin_nested()
    write(session, case, "inner")
    swallow(session, case)
    nested.rollback()
    case.forget(before)
    go_on(session, case)


def before_nested_rollback_in_its_block(session: Session, case: Case) -> None:
    before = len(case.reported)
    with session.begin_nested() as nested:
        write(session, case, "inner")
        swallow(session, case)
        nested.rollback()
        case.forget(before)
    go_on(session, case)


def before_nested_commit(session: Session, case: Case) -> None:
    nested = session.begin_nested()
    write(session, case, "inner")
    swallow(session, case)
    nested.commit()
    go_on(session, case)


WHERE = {
    "at the top": at_the_top,
    "in a savepoint": in_a_savepoint,
    "in two savepoints": in_two_savepoints,
    "in a savepoint that stays open": in_a_savepoint_that_stays_open,
    "outside of its savepoint": outside_of_its_savepoint,
    "between two savepoints": between_two_savepoints,
    "outside of two savepoints": outside_of_two_savepoints,
    "before nested.rollback()": before_nested_rollback,
    "before nested.rollback() in its block": before_nested_rollback_in_its_block,
    "before nested.commit()": before_nested_commit,
}


def work(session: Session, case: Case) -> str:
    """Do the work of a case."""
    prepare(session, case)
    WHERE[case.where](session, case)
    if case.then == "later":
        write(session, case, "later")
    return str(case.name)


def prepare(session: Session, case: Case) -> None:
    """Store the first row, and let a rival do what the failure needs."""
    if case.fails == "stale snapshot":
        session.execute(select(Lock))
        RIVAL.change()
        return
    write(session, case, "outer")
    if case.fails == "deadlock":
        if DATABASE == "postgresql":  # the first one to look for deadlocks is the one that fails
            session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        session.execute(text("UPDATE swallowed_locks SET value = 1 WHERE id = 2"))
        RIVAL.clash()


# The ways through


def by_transaction(sessions: SessionFactory, case: Case) -> None:
    with transaction(sessions) as session:
        work(session, case)


def by_run_transaction(sessions: SessionFactory, case: Case) -> None:
    run_transaction(sessions, lambda session: work(session, case), attempts=1)


def by_idempotency_key(sessions: SessionFactory, case: Case) -> None:
    key = str(case.number)
    result = run_transaction(sessions, lambda session: work(session, case), attempts=1, idempotency_key=key)
    case.again = "the same result" if result == case.name else f"{result} instead of {case.name}"

    def again(_session: Session) -> str:
        case.again = "done twice"
        return str(case.name)

    assert run_transaction(sessions, again, idempotency_key=key) == case.name


WAYS: dict[str, Callable[[SessionFactory, Case], None]] = {
    "transaction": by_transaction,
    "run_transaction": by_run_transaction,
    "idempotency key": by_idempotency_key,
}


def run(way: Callable[[Case], None], case: Case) -> None:
    """Run a case, and note what it raises."""
    began = time.monotonic()
    try:
        way(case)
    except Exception as error:  # noqa: BLE001 - whatever it is, the table knows what it may be
        case.error = said(error)
    case.seconds = time.monotonic() - began
    RIVAL.part()


def run_requests(cases: list[Case]) -> None:
    """Run each case in a request to the web application."""
    app: FastAPI = make_app(WebSettings.load())

    @app.post("/cases/{place}")
    def unit(place: int, session: WriteSession) -> str:
        return work(session, cases[place])

    with TestClient(app) as client:
        for place, case in enumerate(cases):

            def request(case: Case, path: str = f"/cases/{place}") -> None:
                response = client.post(path)
                if response.status_code != 200:
                    case.error = f"{response.status_code}: {response.text}"

            run(request, case)


@contextmanager
def clusters_sessions(sessions: SessionFactory) -> Generator[SessionFactory]:
    """Return the session factory for the retrying runner: a cluster's, in a project for one."""
    if find_spec("my_project.db.cluster") is None:
        yield sessions
        return
    from my_project.db.cluster.sessions import connected

    with connected(URL) as cluster:
        yield cluster.writing


def main(cells: str, *throughs: str) -> None:
    """Run all cases, and report."""
    engine = make_engine(URL)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(insert(Lock), [{"id": number, "value": 0} for number in [1, 2, 3, *range(100, 150)]])
    if DATABASE != "sqlite":
        RIVAL.hold()
    found = cases(cells, list(throughs))
    sessions = make_sessions(engine)
    with clusters_sessions(sessions) as writing:
        for case in found:
            if case.through in WAYS:
                takes_keys = case.through in ("run_transaction", "idempotency key")
                run(partial(WAYS[case.through], writing if takes_keys else sessions), case)
    run_requests([case for case in found if case.through == "web"])
    engine.dispose()
    report(found)
    RIVAL.release()


if __name__ == "__main__":
    main(*sys.argv[1:])
