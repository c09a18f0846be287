"""Units of work that conflict: which errors are retried, and how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import run_transaction
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


def test_a_unit_that_lost_once_runs_again_in_a_new_session(sessions: SessionFactory) -> None:
    seen: list[Session] = []

    def work(session: Session) -> str:
        seen.append(session)
        if len(seen) == 1:
            raise StaleDataError("another unit of work was faster")
        return "done"

    assert run_transaction(sessions, work) == "done"
    assert len(seen) == 2
    assert seen[0] is not seen[1]


@pytest.mark.parametrize(("error", "attempts"), [(StaleDataError("always"), 3), (ValueError("not a conflict"), 1)])
def test_the_last_error_is_raised_and_one_that_is_no_conflict_at_once(
    sessions: SessionFactory, error: Exception, attempts: int
) -> None:
    calls: list[Session] = []

    def work(session: Session) -> None:
        calls.append(session)
        raise error

    with pytest.raises(type(error)):
        run_transaction(sessions, work, attempts=3)
    assert len(calls) == attempts
