"""A database in memory for each test, copied from a migrated file by SQLite's backup."""
# mypy: disable-error-code="import-not-found"

import sqlite3
from collections.abc import Iterator

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions
from my_project.migrations.commands import upgrade
from sqlalchemy import URL, Engine


@pytest.fixture(scope="session")
def template(database_url: URL) -> Iterator[sqlite3.Connection]:
    upgrade(database_url)
    connection = sqlite3.connect(database_url.database or "")
    yield connection
    connection.close()


@pytest.fixture
def engine(template: sqlite3.Connection) -> Iterator[Engine]:
    engine = make_engine("sqlite://")
    connection = engine.raw_connection()
    template.backup(connection.driver_connection)
    connection.close()
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return make_sessions(engine)
