"""DELETE from each table after each test."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_sessions
from my_project.models import Base
from sqlalchemy import Engine


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    yield make_sessions(engine)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
