"""Databases for tests: a MySQL or MariaDB server, and a new database for each worker."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import parse_url, with_driver

# As in compose.yml.
COMPOSE_URL = parse_url(f"{dialect.EXAMPLE_URL}_test")

NO_SERVER = (
    "these tests need a MySQL or MariaDB server: set TEST_DATABASE_URL, or start the one of compose.yml "
    "(docker compose up --wait), or install MariaDB (apt install mariadb-server, brew install mariadb), "
    "which the tests then start"
)


@contextmanager
def running_server(folder: Path) -> Generator[URL]:
    """Yield the URL of a test database on a server; the database itself need not exist."""
    mariadbd = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield usable(given)
    elif answers(COMPOSE_URL):
        yield COMPOSE_URL
    elif mariadbd is not None:
        with throwaway_server(mariadbd, folder) as url:
            yield url
    else:
        pytest.exit(NO_SERVER, returncode=3)


def usable(given: str) -> URL:
    """Return the URL of a test database on a reachable server; exit the tests for any other URL."""
    try:
        url = parse_url(given)
    except ValueError as error:
        pytest.exit(f"TEST_DATABASE_URL: {error}", returncode=3)
    if not (url.database or "").endswith("_test"):
        pytest.exit(
            f"TEST_DATABASE_URL names the database {url.database!r}; tests delete data, so the name must end "
            "in _test. It need not exist: the tests make databases beside it.",
            returncode=3,
        )
    try:
        execute(url)
    except OperationalError as error:
        pytest.exit(f"TEST_DATABASE_URL: no connection to {url!r}: {error.orig}", returncode=3)
    except InvalidRequestError as error:
        pytest.exit(f"TEST_DATABASE_URL: {error} The URL should look like {dialect.EXAMPLE}", returncode=3)
    return url


@contextmanager
def throwaway_server(mariadbd: str, folder: Path) -> Generator[URL]:
    """Run a MariaDB server in a folder, on a free local port, and stop it at the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = URL.create("mariadb", "root", host="127.0.0.1", port=listener.getsockname()[1], database="throwaway_test")
    files = [f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"]
    files.append(f"--tmpdir={folder}")  # a server that starts deletes temporary files of others there
    user = ["--user=root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    install = ["mariadb-install-db", "--no-defaults", files[0], "--auth-root-authentication-method=normal", *user]
    subprocess.run(install, check=True, capture_output=True)
    command = [mariadbd, "--no-defaults", *files, f"--port={url.port}", "--bind-address=127.0.0.1", *user]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--innodb-flush-log-at-trx-commit=0"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.exit(f"{mariadbd} did not start:\n{(folder / 'log').read_text()}", returncode=3)
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def answers(url: URL) -> bool:
    """Return whether the server accepts a connection."""
    try:
        execute(url)
    except OperationalError:
        return False
    return True


def execute(server: URL, *statements: str) -> None:
    """Run statements outside any test database."""
    url = with_driver(server, dialect.BLOCKING_DRIVER).set(database="")
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 3})
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def empty_database(server: URL, name: str) -> Generator[URL]:
    """Create an empty database, yield its URL, and delete it."""
    database = f"{server.database}_{name}"
    drop = f"DROP DATABASE IF EXISTS `{database}`"
    execute(server, drop, f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")
    try:
        yield server.set(database=database)
    finally:
        execute(server, drop)
