"""Tests of the timestamps and the version of a row."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter, Sample
from tests.statements import recorded

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_updated_at_follows_each_change_and_is_readable_after_the_commit_without_a_statement(
    engine: Engine, sessions: SessionFactory
) -> None:
    with transaction(sessions) as session:
        sample = Sample(name="before")
        session.add(sample)
        session.flush()
        sample.updated_at = LONG_AGO
    created_at = sample.created_at
    assert sample.updated_at == LONG_AGO

    with transaction(sessions) as session:
        session.add(sample)
        sample.name = "after"
    with recorded(engine) as statements:
        assert sample.updated_at >= created_at

    assert sample.created_at == created_at
    assert statements == []


def test_optimistic_locking_refuses_the_second_of_two_changes(session: Session) -> None:
    counter = Counter()
    session.add(counter)
    session.flush()
    assert counter.version_id == 1
    # another unit of work got there first
    changed = update(Counter).values(value=1, version_id=Counter.version_id + 1)
    session.execute(changed, execution_options={"synchronize_session": False})

    counter.value = 2

    with pytest.raises(StaleDataError):
        session.flush()
