"""A file for the tests of a blocking project with any database: engines, sessions and retries."""
# mypy: disable-error-code="import-not-found"

from typing import Any

import pytest
from my_project.db.retry import is_retryable
from my_project.db.session import SessionFactory, make_engine, transaction
from sqlalchemy import URL, NullPool, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, PendingRollbackError
from tests.db.samples import Sample


@pytest.mark.parametrize("options", [{"hide_parameters": False}, {"poolclass": NullPool}, {"echo": "debug"}])
def test_every_option_of_create_engine_can_be_given(database_url: URL, options: dict[str, Any]) -> None:
    engine = make_engine(database_url, **options)
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    engine.dispose()


def test_a_rollback_inside_a_unit_of_work_is_raised_instead_of_losing_its_rows(sessions: SessionFactory) -> None:
    error = pytest.raises(PendingRollbackError, match=r"ended before its block, by session\.rollback")
    with error, transaction(sessions) as session:
        session.add_all([Sample(name="same"), Sample(name="same")])
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_connection_that_broke_cannot_be_retried_whatever_the_error_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("my_project.db.dialect.is_retryable", lambda error: True)

    assert is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock")))
    assert not is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock"), connection_invalidated=True))


def test_a_session_cannot_be_used_after_its_unit_of_work(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="kept"))

    with pytest.raises(InvalidRequestError, match="closed"):
        session.add(Sample(name="late"))


def test_half_of_an_insert_that_is_sent_in_batches_is_not_kept(racing_sessions: SessionFactory) -> None:
    rows = [{"name": str(number)} for number in range(2000)]
    lost, refused = pytest.raises(PendingRollbackError), pytest.raises(IntegrityError)
    with lost, transaction(racing_sessions) as session:
        many = insert(Sample)
        if session.get_bind().dialect.insert_executemany_returning:  # not with MySQL, where the driver sends batches
            many = many.returning(Sample.name)
        with refused:
            session.execute(many, [*rows, rows[-1]])

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == []
