"""TRUNCATE of each table after each test, without the foreign keys that would refuse it."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_sessions
from my_project.models import Base
from sqlalchemy import Engine, text


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    yield make_sessions(engine)
    with engine.begin() as connection:
        connection.execute(text("SET foreign_key_checks = 0"))
        for table in Base.metadata.tables:
            connection.execute(text(f"TRUNCATE {table}"))
        connection.execute(text("SET foreign_key_checks = 1"))
