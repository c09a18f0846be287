"""A file for the tests of any project: engines and sessions, in blocking code whatever its style."""
# mypy: disable-error-code="import-not-found"

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from my_project.db.engine import engine_arguments
from my_project.db.retry import is_retryable
from my_project.db.session import Session
from sqlalchemy import URL, Engine, NullPool, create_engine, insert, select, update
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm.exc import StaleDataError
from tests.db.samples import Sample


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """A blocking engine with the arguments of this project, and the tests' own tables."""
    engine = create_engine(**engine_arguments(empty_database))
    Sample.metadata.create_all(engine)
    yield engine
    engine.dispose()


def names(engine: Engine) -> list[str]:
    """Return the names of all samples that are committed."""
    with Session(engine) as session:
        return list(session.scalars(select(Sample.name)))


@pytest.mark.parametrize("options", [{"hide_parameters": False}, {"poolclass": NullPool}, {"echo": "debug"}])
def test_every_option_of_create_engine_can_be_given(database_url: URL, options: dict[str, Any]) -> None:
    engine = create_engine(**engine_arguments(database_url, **options))
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    engine.dispose()


def test_a_bulk_update_that_failed_in_python_keeps_none_of_its_rows(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(sample := Sample(name="before"))
        session.commit()
        missing = uuid.uuid4() if isinstance(sample.id, uuid.UUID) else -1
        rows = [{"id": sample.id, "name": "changed"}, {"id": missing, "name": "gone"}]
        with pytest.raises(StaleDataError):
            session.execute(update(Sample), rows)

        with pytest.raises(PendingRollbackError, match="nothing was committed"):
            session.commit()

    assert names(engine) == ["before"]


def test_a_list_of_rows_on_a_broken_connection_raises_the_error_of_the_connection(engine: Engine) -> None:
    with Session(engine) as session:
        lent: Any = session.connection().connection
        lent.driver_connection.close()

        with pytest.raises(DBAPIError) as error:
            session.execute(insert(Sample), [{"name": "first"}, {"name": "second"}])

    assert error.value.connection_invalidated


@pytest.mark.parametrize(("end", "kept"), [("commit", ["inside"]), ("rollback", [])])
def test_a_savepoint_can_be_ended_inside_its_block(engine: Engine, end: str, kept: list[str]) -> None:
    with Session(engine) as session:
        with session.begin_nested() as savepoint:
            session.add(Sample(name="inside"))
            session.flush()
            getattr(savepoint, end)()
        session.commit()

    assert names(engine) == kept


def test_a_connection_that_broke_cannot_be_retried_whatever_the_error_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("my_project.db.dialect.is_retryable", lambda error: True)

    assert is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock")))
    assert not is_retryable(DBAPIError("COMMIT", (), Exception("a deadlock"), connection_invalidated=True))
