"""Databases for tests, made and removed by blocking code in every project."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import URL, make_url

from tests import databases

SERVER = "TEST_DATABASE_URL"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find or start the database server, once for all workers of `pytest -n`, before they start."""
    if hasattr(session.config, "workerinput"):
        return  # a worker, which has inherited the variable
    stack = ExitStack()
    session.config.add_cleanup(stack.close)
    folder = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
    server = stack.enter_context(databases.running_server(Path(folder)))
    os.environ[SERVER] = server.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def server() -> URL:
    """Where databases can be made; its name is marked as a test's."""
    return make_url(os.environ[SERVER])


@pytest.fixture(scope="session")
def database_url(server: URL, worker_id: str) -> Iterator[URL]:
    """An empty database for all tests of this process of `pytest -n`; `engine` migrates it."""
    with databases.empty_database(server, worker_id) as url:
        yield url


@pytest.fixture
def empty_database(server: URL, worker_id: str) -> Iterator[URL]:
    """An empty database for one test."""
    with databases.empty_database(server, f"{worker_id}_empty") as url:
        yield url
