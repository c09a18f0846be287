"""TRUNCATE of all tables after each test, in one statement."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_sessions
from my_project.models import Base
from sqlalchemy import Engine, text

TRUNCATE = text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY")


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    yield make_sessions(engine)
    with engine.begin() as connection:
        connection.execute(TRUNCATE)
