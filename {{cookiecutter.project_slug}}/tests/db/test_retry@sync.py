"""Tests of retries: which errors are retried, and how often."""

import pytest
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory


def test_a_conflict_is_retried_in_a_new_session(sessions: SessionFactory) -> None:
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
def test_the_last_conflict_is_raised_and_any_other_error_at_once(
    sessions: SessionFactory, error: Exception, attempts: int
) -> None:
    calls: list[Session] = []

    def work(session: Session) -> None:
        calls.append(session)
        raise error

    with pytest.raises(type(error)):
        run_transaction(sessions, work, attempts=3)
    assert len(calls) == attempts
