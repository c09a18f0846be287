"""A database for each test, which the server copies from one that is migrated."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions
from my_project.migrations.commands import upgrade
from sqlalchemy import URL, Engine, text


@pytest.fixture(scope="session")
def template(database_url: URL) -> URL:
    upgrade(database_url)
    return database_url


@pytest.fixture(scope="session")
def maker(server: URL) -> Iterator[Engine]:
    """Connected to no database that is copied or dropped."""
    engine = make_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(template: URL, maker: Engine) -> Iterator[Engine]:
    copy = f"{template.database}_copy"
    with maker.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{copy}" TEMPLATE "{template.database}"'))
    engine = make_engine(template.set(database=copy))
    yield engine
    engine.dispose()
    with maker.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{copy}" WITH (FORCE)'))


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return make_sessions(engine)
