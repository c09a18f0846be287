"""Tests of units of work: commit, rollback, savepoints and swallowed errors."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import (
    SessionFactory,
    make_engine,
    make_sessions,
    transaction,
)

from tests.db.samples import Sample


def names(session: Session) -> list[str]:
    """Return the names of all samples."""
    return list(session.scalars(select(Sample.name).order_by(Sample.name)))


@pytest.mark.parametrize("run", [1, 2])
def test_a_unit_of_work_commits_at_the_end_of_its_block_and_the_next_test_sees_nothing_of_it(
    sessions: SessionFactory, run: int
) -> None:
    with sessions() as session:
        assert names(session) == [], f"left over in run {run}"

    with transaction(sessions) as session:
        sample = Sample(name="kept")
        session.add(sample)

    assert sample.created_at <= sample.updated_at  # objects stay readable after the commit
    with sessions() as session:
        assert names(session) == ["kept"]


def test_a_unit_of_work_rolls_back_when_its_block_raises(sessions: SessionFactory) -> None:
    with pytest.raises(ZeroDivisionError):
        with transaction(sessions) as session:
            session.add(Sample(name="lost"))
            session.flush()
            raise ZeroDivisionError

    with sessions() as session:
        assert names(session) == []


def swallow_the_error_of_a_flush(session: Session) -> None:
    """Add a sample, fail to add a duplicate, and ignore the error."""
    session.add_all([Sample(name="first"), Sample(name="first")])
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_swallowed_flush_error_is_raised_instead_of_losing_the_unit(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"):
        with transaction(sessions) as session:
            swallow_the_error_of_a_flush(session)


def test_a_swallowed_flush_error_is_raised_instead_of_losing_the_savepoint(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="the savepoint was rolled back"):
        with transaction(sessions) as session:
            with session.begin_nested():
                swallow_the_error_of_a_flush(session)


def test_a_savepoint_undoes_only_the_statement_that_failed(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="first"))
        with pytest.raises(IntegrityError):
            with session.begin_nested():
                session.add(Sample(name="first"))
        session.add(Sample(name="second"))

    with sessions() as session:
        assert names(session) == ["first", "second"]


def test_a_query_sees_what_was_flushed_and_refresh_keeps_what_is_pending(session: Session) -> None:
    sample = Sample(name="before")
    session.add(sample)
    assert names(session) == []
    session.flush()

    sample.name = "after"
    assert names(session) == ["before"]
    session.refresh(sample)
    assert names(session) == ["after"]


def test_a_read_only_engine_reads_and_refuses_to_write(engine: Engine) -> None:
    reading = make_engine(engine.url, read_only=True)
    with make_sessions(reading)() as session:
        assert names(session) == []

        session.add(Sample(name="refused"))
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            session.flush()
    reading.dispose()


def test_the_values_of_a_row_stay_out_of_errors(session: Session) -> None:
    session.add_all([Sample(name="same", document={"password": "secret"}) for _ in range(2)])

    with pytest.raises(IntegrityError) as error:
        session.flush()

    assert "secret" not in str(error.value)
