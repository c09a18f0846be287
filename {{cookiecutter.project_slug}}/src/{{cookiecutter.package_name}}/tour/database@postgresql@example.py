"""Where the tour takes place: a new database on the server of the settings, so that it cannot meet real data."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..db import dialect
from ..db.engine import with_driver
from ..settings import SettingsError, load_settings


@contextmanager
def fresh_database() -> Generator[URL]:
    """Yield the URL of an empty database, and drop it.

    SystemExit says which setting is missing, or why the server did not make a database.
    """
    try:
        url = load_settings().database_url
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    name = f"{str(url.database)[:40]}_tour_{secrets.token_hex(4)}"  # a name has 63 bytes at most
    server = create_engine(
        with_driver(url, dialect.BLOCKING_DRIVER).set(database="postgres"),
        isolation_level="AUTOCOMMIT",  # a database is not made in a transaction
        poolclass=NullPool,
        connect_args={"connect_timeout": 5},
    )
    try:
        execute(server, f'CREATE DATABASE "{name}"')
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        raise SystemExit(f"the tour needs a server that lets it make a database (DATABASE_URL): {reason}") from None
    try:
        yield url.set(database=name)
    finally:
        execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(server: Engine, statement: str) -> None:
    """Run a statement in a connection of its own."""
    with server.connect() as connection:
        connection.exec_driver_sql(statement)
