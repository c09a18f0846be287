"""Databases for tests, created and deleted by blocking code in every project, and settings of their own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import URL, make_url

from {{ cookiecutter.package_name }}.settings import Settings

from tests import databases

SERVER, FOLDER = "TEST_DATABASE_URL", "TEST_FOLDER"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")  # of `pytest -n`

# Kills remaining workers and servers, and deletes their folder, when its input ends: at the end of the tests, even if
# they are killed.
AFTERWARDS = """
cat
for file in "$0"/*pid "$0"/data/postmaster.pid; do
    read -r pid < "$file" && kill "$pid"
done
for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$0" && break; sleep 0.1; done
"""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find or start the database server, once for all workers of `pytest -n`."""
    if hasattr(session.config, "workerinput"):
        # a worker, which has inherited the variables
        own = Path(os.environ[FOLDER], f"{os.getpid()}.pid")
        own.write_text(f"{os.getpid()}\n")
        session.config.add_cleanup(lambda: own.unlink(missing_ok=True))
        return
    stack = ExitStack()
    session.config.add_cleanup(stack.close)
    folder = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
    if os.name == "posix":
        # in its own session, so that Ctrl-C does not end it
        watch = subprocess.Popen(
            ["/bin/sh", "-c", AFTERWARDS, folder],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        stack.callback(watch.communicate)
    os.environ[FOLDER] = folder
    server = stack.enter_context(databases.running_server(Path(folder)))
    os.environ[SERVER] = server.render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the variables of this machine from the settings; a test that also loads .env changes the folder."""
    kinds: list[type[Settings]] = [Settings, *Settings.__subclasses__()]
    for kind in kinds:
        for name in kind.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def server() -> URL:
    """Return the URL of the server, with the name of a test database."""
    return make_url(os.environ[SERVER])


@pytest.fixture(scope="session")
def database_url(server: URL) -> Iterator[URL]:
    """Yield the URL of a database for all tests of this worker of `pytest -n`; `engine` migrates it."""
    with databases.empty_database(server, WORKER) as url:
        yield url


@pytest.fixture
def empty_database(server: URL) -> Iterator[URL]:
    """Yield the URL of an empty database for one test."""
    with databases.empty_database(server, f"{WORKER}_empty") as url:
        yield url
