"""What each error means for a unit of work, in each phase."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.progress import Phase, Progress, UnconfirmedError

BROKEN = DBAPIError("COMMIT", (), Exception("no answer"), connection_invalidated=True)
TWICE = IntegrityError("INSERT", (), Exception("duplicate key"))


def progress_after(phase: Phase, error: BaseException, *, has_key: bool = True) -> tuple[bool, bool]:
    """Return whether another attempt may follow, and whether the unit may be committed."""
    progress = Progress(has_key=has_key)
    progress.phase = phase
    return progress.goes_on_after(error), progress.may_be_committed


@pytest.mark.parametrize("phase", [Phase.BEGIN, Phase.CLAIM, Phase.WORK])
@pytest.mark.parametrize("has_key", [True, False])
def test_what_breaks_before_commit_is_not_committed(phase: Phase, has_key: bool) -> None:
    assert progress_after(phase, BROKEN, has_key=has_key) == (True, False)


def test_what_breaks_during_commit_may_be_committed_and_goes_on_with_a_key_only() -> None:
    assert progress_after(Phase.COMMIT, BROKEN) == (True, True)
    assert progress_after(Phase.COMMIT, TimeoutError()) == (True, True)
    assert progress_after(Phase.COMMIT, BROKEN, has_key=False) == (False, True)


@pytest.mark.parametrize("error", [StaleDataError(), PoolTimeoutError("QueuePool limit")])
def test_what_certainly_was_undone_goes_on_without_a_doubt(error: Exception) -> None:
    assert progress_after(Phase.COMMIT, error, has_key=False) == (True, False)


def test_a_key_that_is_there_is_a_unit_that_may_be_committed() -> None:
    progress = Progress(has_key=True)
    progress.is_applied = True

    assert progress.may_be_committed


def test_a_duplicate_of_the_work_itself_is_a_mistake() -> None:
    assert progress_after(Phase.WORK, TWICE) == (False, False)


def test_a_key_that_a_failover_took_away_is_tried_again() -> None:
    progress = Progress(has_key=True)
    progress.is_applied = True

    assert progress.goes_on_after(UnconfirmedError())

    assert not progress.is_applied
    assert progress.may_be_committed


@pytest.mark.parametrize("error", [ValueError(), FileNotFoundError(), PendingRollbackError()])
def test_mistakes_are_raised_at_once(error: Exception) -> None:
    assert progress_after(Phase.WORK, error) == (False, False)
