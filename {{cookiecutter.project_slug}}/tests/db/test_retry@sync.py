"""Lost races: units of work that run again, and errors that are not repeated."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import is_retryable, run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter

WORKERS, INCREMENTS = 4, 10


def test_no_increment_is_lost_when_units_of_work_race(racing_sessions: SessionFactory) -> None:
    with transaction(racing_sessions) as session:
        counter = Counter()
        session.add(counter)

    def increment(session: Session) -> None:
        raced = session.get_one(Counter, counter.id)
        raced.value += 1

    def worker() -> None:
        for _ in range(INCREMENTS):
            run_transaction(racing_sessions, increment, attempts=50)

    with ThreadPoolExecutor(WORKERS) as pool:
        for future in [pool.submit(worker) for _ in range(WORKERS)]:
            future.result()

    with racing_sessions() as session:
        assert session.scalar(select(Counter.value)) == WORKERS * INCREMENTS


def test_a_unit_returns_its_result_after_the_commit(sessions: SessionFactory) -> None:
    def make(session: Session) -> Counter:
        counter = Counter(value=7)
        session.add(counter)
        return counter

    counter = run_transaction(sessions, make)

    with sessions() as session:
        assert session.scalar(select(Counter.value).where(Counter.id == counter.id)) == 7


def test_a_unit_that_lost_once_runs_again_in_a_new_session(sessions: SessionFactory) -> None:
    seen: list[Session] = []

    def work(session: Session) -> str:
        seen.append(session)
        if len(seen) == 1:
            raise StaleDataError("somebody else was faster")
        return "done"

    assert run_transaction(sessions, work) == "done"
    assert len(seen) == 2
    assert seen[0] is not seen[1]


def test_a_unit_that_always_loses_raises_the_last_error(sessions: SessionFactory) -> None:
    calls: list[Session] = []

    def work(session: Session) -> None:
        calls.append(session)
        raise StaleDataError("somebody else was faster")

    with pytest.raises(StaleDataError):
        run_transaction(sessions, work, attempts=3)
    assert len(calls) == 3


def test_a_connection_that_broke_is_no_lost_race_whatever_the_error_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("{{ cookiecutter.package_name }}.db.dialect.is_retryable", lambda error: True)

    assert is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock")))
    assert not is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock"), connection_invalidated=True))


def test_an_error_that_is_no_lost_race_is_raised_at_once(sessions: SessionFactory) -> None:
    calls: list[Session] = []

    def work(session: Session) -> None:
        calls.append(session)
        raise ValueError("a mistake does not get better by repeating it")

    with pytest.raises(ValueError, match="a mistake"):
        run_transaction(sessions, work)
    assert len(calls) == 1
