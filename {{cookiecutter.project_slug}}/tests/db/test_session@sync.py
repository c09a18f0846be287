"""Units of work: what is committed, what is rolled back, and what is never lost without an error."""

from typing import Any

import pytest
from sqlalchemy import URL, NullPool, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import DetachedInstanceError

from {{ cookiecutter.package_name }}.db.session import SessionFactory, make_engine, make_sessions, transaction

from tests.db.samples import Sample


def names(session: Session) -> list[str]:
    """The names of all samples."""
    return list(session.scalars(select(Sample.name).order_by(Sample.name)))


def test_a_unit_of_work_commits_at_the_end_of_its_block(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="kept"))

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


def add_two_and_swallow_the_error_of_the_second(session: Session) -> None:
    """Add a sample, fail to add its double, and go on as if nothing had happened."""
    session.add(Sample(name="first"))
    session.flush()
    session.add(Sample(name="first"))
    try:
        session.flush()
    except IntegrityError:
        pass  # the mistake: the transaction is gone, and nobody will hear of it


def test_a_swallowed_flush_error_is_raised_instead_of_losing_the_unit(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match="nothing was committed"):
        with transaction(sessions) as session:
            add_two_and_swallow_the_error_of_the_second(session)


def test_an_error_that_is_swallowed_in_a_savepoint_is_raised_instead_of_losing_its_rows(
    sessions: SessionFactory,
) -> None:
    with pytest.raises(PendingRollbackError, match="the savepoint was rolled back"):
        with transaction(sessions) as session:
            with session.begin_nested():
                add_two_and_swallow_the_error_of_the_second(session)


def test_a_rollback_inside_a_unit_of_work_is_raised_instead_of_losing_its_rows(sessions: SessionFactory) -> None:
    with pytest.raises(PendingRollbackError, match=r"ended before its block, by session\.rollback"):
        with transaction(sessions) as session:
            add_two_and_swallow_the_error_of_the_second(session)
            session.rollback()


def test_sqlalchemy_alone_loses_the_unit_without_an_error(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        add_two_and_swallow_the_error_of_the_second(session)

    with sessions() as session:
        assert names(session) == []


def test_a_savepoint_undoes_only_the_statement_that_failed(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="first"))
        with pytest.raises(IntegrityError):
            with session.begin_nested():
                session.add(Sample(name="first"))
        session.add(Sample(name="second"))

    with sessions() as session:
        assert names(session) == ["first", "second"]


def test_objects_stay_readable_after_the_commit(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        sample = Sample(name="readable")
        session.add(sample)

    assert sample.name == "readable"
    assert sample.created_at <= sample.updated_at


def test_with_sqlalchemys_default_objects_are_unreadable_after_the_commit(sessions: SessionFactory) -> None:
    sessions.configure(expire_on_commit=True)
    with transaction(sessions) as session:
        sample = Sample(name="unreadable")
        session.add(sample)

    with pytest.raises(DetachedInstanceError):
        assert sample.name


def test_a_query_sees_what_was_flushed_and_not_what_is_pending(session: Session) -> None:
    session.add(Sample(name="pending"))
    count = select(func.count()).select_from(Sample)

    assert session.scalar(count) == 0
    session.flush()
    assert session.scalar(count) == 1


def test_a_read_only_engine_reads_and_refuses_to_write(racing_sessions: SessionFactory, database_url: URL) -> None:
    with transaction(racing_sessions) as session:
        session.add(Sample(name="kept"))
    reading = make_engine(database_url, read_only=True)
    with make_sessions(reading)() as session:
        assert names(session) == ["kept"]

        session.add(Sample(name="refused"))
        with pytest.raises(DBAPIError, match=r"(?i)read.?only"):
            session.flush()
    reading.dispose()


@pytest.mark.parametrize("options", [{"hide_parameters": False}, {"poolclass": NullPool}, {"echo": "debug"}])
def test_every_option_of_create_engine_can_be_given(database_url: URL, options: dict[str, Any]) -> None:
    engine = make_engine(database_url, **options)
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    engine.dispose()


def test_refresh_keeps_a_change_that_is_pending(session: Session) -> None:
    sample = Sample(name="before")
    session.add(sample)
    session.flush()

    sample.name = "after"
    session.refresh(sample)

    assert sample.name == "after"


def test_the_values_of_a_row_stay_out_of_errors(session: Session) -> None:
    session.add_all([Sample(name="same", document={"password": "secret"}) for _ in range(2)])

    with pytest.raises(IntegrityError) as error:
        session.flush()

    assert "secret" not in str(error.value)


@pytest.mark.parametrize("run", [1, 2])
def test_nothing_that_a_test_commits_is_there_in_the_next_one(sessions: SessionFactory, run: int) -> None:
    with sessions() as session:
        assert names(session) == [], f"left over in run {run}"

    with transaction(sessions) as session:
        session.add(Sample(name="canary"))
