"""Sessions for tests: the migrated schema, and one transaction for each test, which is rolled back."""

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
    """The engine of the application, on a migrated database; the tests' own tables stand beside it."""
    upgrade(database_url)
    engine = make_engine(database_url)
    SampleBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Iterator[SessionFactory]:
    """The session factory of the application, within a transaction that is rolled back after the test.

    The code under test may commit and roll back: these are savepoints. On PostgreSQL the clock of the
    database stands still meanwhile, so compare its times with >=.
    https://docs.sqlalchemy.org/en/21/orm/session_transaction.html#joining-a-session-into-an-external-transaction-such-as-for-test-suites
    """
    sessions = make_sessions(engine)
    with engine.connect() as connection:
        transaction = connection.begin()
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield sessions
        transaction.rollback()


@pytest.fixture
def session(sessions: SessionFactory) -> Iterator[Session]:
    """A session to arrange and to look with."""
    with sessions() as session:
        yield session


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL that a test sends after its fixtures, if it names this one last: count it, and N + 1 is noticed."""
    with recorded(engine) as statements:
        yield statements


@pytest.fixture
def racing_sessions(engine: Engine) -> Iterator[SessionFactory]:
    """Sessions that commit for real, for units of work that race; the tests' own tables are emptied after it."""
    yield make_sessions(engine)
    with engine.begin() as connection:
        for table in reversed(SampleBase.metadata.sorted_tables):
            connection.execute(table.delete())
