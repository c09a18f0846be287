"""A database in memory for each test, and all tables made in it."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions
from my_project.models import Base
from sqlalchemy import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return make_sessions(engine)
