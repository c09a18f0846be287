"""Sessions for tests: the migrated schema, and one transaction for each test, which is rolled back."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory, make_engine, make_sessions
from {{ cookiecutter.package_name }}.migrations.commands import upgrade

from tests.db.samples import SampleBase
from tests.statements import recorded

pytest_plugins = ["tests.fixtures"]


@pytest.fixture(scope="session")
async def engine(database_url: URL) -> AsyncIterator[AsyncEngine]:
    """The engine of the application, on a migrated database; the tests' own tables stand beside it."""
    await to_thread(upgrade, database_url)
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(SampleBase.metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[SessionFactory]:
    """The session factory of the application, within a transaction that is rolled back after the test.

    The code under test may commit and roll back: these are savepoints. On PostgreSQL the clock of the
    database stands still meanwhile, so compare its times with >=.
    https://docs.sqlalchemy.org/en/21/orm/session_transaction.html#joining-a-session-into-an-external-transaction-such-as-for-test-suites
    """
    sessions = make_sessions(engine)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield sessions
        await transaction.rollback()


@pytest.fixture
async def session(sessions: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A session to arrange and to look with."""
    async with sessions() as session:
        yield session


@pytest.fixture
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """The SQL that a test sends after its fixtures, if it names this one last: count it, and N + 1 is noticed."""
    with recorded(engine.sync_engine) as statements:
        yield statements


@pytest.fixture
async def racing_sessions(engine: AsyncEngine) -> AsyncIterator[SessionFactory]:
    """Sessions that commit for real, for units of work that race; the tests' own tables are emptied after it."""
    yield make_sessions(engine)
    async with engine.begin() as connection:
        for table in reversed(SampleBase.metadata.sorted_tables):
            await connection.execute(table.delete())
