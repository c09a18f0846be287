"""Sessions for tests: on the migrated schema, in one transaction for each test, which is rolled back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import SessionFactory, make_engine, make_sessions
from {{ cookiecutter.package_name }}.migrations.commands import upgrade

from tests.db.samples import SampleBase
from tests.statements import recorded

pytest_plugins = ["tests.fixtures"]


@pytest.fixture(scope="session")
def engine(database_url: URL) -> Iterator[Engine]:
    """Yield an engine for a migrated database, which also has the tables of the tests' own models."""
    upgrade(database_url)
    engine = make_engine(database_url)
    SampleBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    """Yield a session factory within a transaction that is rolled back after the test.

    The code under test may commit and roll back: these are savepoints. On PostgreSQL server time stands
    still meanwhile, so compare times with >=.
    https://docs.sqlalchemy.org/en/21/orm/session_transaction.html#joining-a-session-into-an-external-transaction-such-as-for-test-suites
    """
    sessions = make_sessions(engine)
    with engine.connect() as connection:
        transaction = connection.begin()
        sessions.configure(bind=connection)
        yield sessions
        transaction.rollback()


@pytest.fixture
def session(sessions: SessionFactory) -> Iterator[Session]:
    """Yield a session, to prepare rows and to check them."""
    with sessions() as session:
        yield session


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """Yield the SQL statements of a test, to count them; name this fixture last, to leave out those of others."""
    with recorded(engine) as statements:
        yield statements


@pytest.fixture
def racing_sessions(engine: Engine) -> Iterator[SessionFactory]:
    """Yield a session factory that really commits, for concurrent units of work.

    At the end it empties the tables of the test models alone: delete the rows of your own models in the test.
    """
    yield make_sessions(engine)
    with engine.begin() as connection:
        for table in reversed(SampleBase.metadata.sorted_tables):
            connection.execute(table.delete())
