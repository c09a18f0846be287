"""Columns that models share: when a row changed, and which version of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter, Sample
from tests.statements import recorded

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_a_new_row_has_its_key_and_times_after_the_flush(session: Session) -> None:
    sample = Sample(name="new")
    session.add(sample)
    session.flush()

    assert sample.id is not None
    assert sample.created_at <= sample.updated_at


def test_updated_at_moves_with_every_change_and_created_at_stays(racing_sessions: SessionFactory) -> None:
    with transaction(racing_sessions) as session:
        sample = Sample(name="before")
        session.add(sample)
        session.flush()
        sample.updated_at = LONG_AGO
    created_at = sample.created_at
    assert sample.updated_at == LONG_AGO

    with transaction(racing_sessions) as session:
        session.add(sample)
        sample.name = "after"

    assert sample.created_at == created_at
    assert sample.updated_at >= created_at


def test_updated_at_is_readable_after_the_commit_without_another_statement(
    engine: Engine, sessions: SessionFactory
) -> None:
    with transaction(sessions) as session:
        sample = Sample(name="before")
        session.add(sample)
    with transaction(sessions) as session:
        session.add(sample)
        sample.name = "after"

    with recorded(engine) as statements:
        assert sample.updated_at >= sample.created_at

    assert statements == []


def test_updated_at_follows_an_update_statement(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="before"))
    with transaction(sessions) as session:
        session.execute(update(Sample).values(updated_at=LONG_AGO))
        session.execute(update(Sample).values(name="after"))

    with sessions() as session:
        assert session.scalar(select(Sample.updated_at)) != LONG_AGO


def test_of_two_units_that_change_one_row_the_second_is_refused(session: Session) -> None:
    counter = Counter()
    session.add(counter)
    session.flush()
    # another unit of work got there first
    session.execute(
        update(Counter).values(value=1, version_id=Counter.version_id + 1),
        execution_options={"synchronize_session": False},
    )

    counter.value = 2

    with pytest.raises(StaleDataError):
        session.flush()


def test_the_version_counts_the_changes_of_a_row(session: Session) -> None:
    counter = Counter()
    session.add(counter)
    session.flush()
    assert counter.version_id == 1

    counter.value += 1
    session.flush()

    assert session.scalars(select(Counter.version_id)).one() == 2
