"""Tests of the meaning of each error for a transaction, in each phase."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.cluster.progress import Phase, Progress, UnconfirmedError

BROKEN = DBAPIError("COMMIT", (), Exception("no answer"), connection_invalidated=True)
TWICE = IntegrityError("INSERT", (), Exception("duplicate key"))


def progress_after(phase: Phase, error: BaseException, *, has_key: bool = True) -> tuple[bool, bool]:
    """Return whether another attempt may follow, and whether the unit may be committed."""
    progress = Progress(has_key=has_key)
    progress.phase = phase
    return progress.goes_on_after(error), progress.may_be_committed


@pytest.mark.parametrize("phase", [Phase.BEGIN, Phase.CLAIM, Phase.WORK])
@pytest.mark.parametrize("has_key", [True, False])
def test_a_connection_lost_before_commit_committed_nothing(phase: Phase, has_key: bool) -> None:
    assert progress_after(phase, BROKEN, has_key=has_key) == (True, False)


def test_a_connection_lost_during_commit_is_retried_with_a_key_only() -> None:
    assert progress_after(Phase.COMMIT, BROKEN) == (True, True)
    assert progress_after(Phase.COMMIT, TimeoutError()) == (True, True)
    assert progress_after(Phase.COMMIT, BROKEN, has_key=False) == (False, True)


@pytest.mark.parametrize("error", [StaleDataError(), PoolTimeoutError("QueuePool limit")])
def test_a_conflict_is_retried_and_never_ambiguous(error: Exception) -> None:
    assert progress_after(Phase.COMMIT, error, has_key=False) == (True, False)


def test_a_recorded_key_belongs_to_a_transaction_that_may_be_committed() -> None:
    progress = Progress(has_key=True)
    progress.is_recorded = True

    assert progress.may_be_committed


def test_a_key_that_a_failover_lost_is_retried() -> None:
    progress = Progress(has_key=True)
    progress.is_recorded = True

    assert progress.goes_on_after(UnconfirmedError())

    assert not progress.is_recorded
    assert progress.may_be_committed


@pytest.mark.parametrize("error", [ValueError(), FileNotFoundError(), PendingRollbackError(), TWICE])
def test_mistakes_are_raised_at_once(error: Exception) -> None:
    assert progress_after(Phase.WORK, error) == (False, False)
