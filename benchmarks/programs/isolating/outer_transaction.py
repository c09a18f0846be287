"""One transaction for each test, without savepoints for its units of work: SQLAlchemy's default."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_sessions
from sqlalchemy import Engine


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    sessions = make_sessions(engine)
    with engine.connect() as connection:
        transaction = connection.begin()
        sessions.configure(bind=connection)
        yield sessions
        transaction.rollback()
