"""All tables made before each test, and dropped after it."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions
from my_project.models import Base
from sqlalchemy import URL, Engine


@pytest.fixture(scope="session")
def engine(database_url: URL) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    Base.metadata.create_all(engine)
    yield make_sessions(engine)
    Base.metadata.drop_all(engine)
