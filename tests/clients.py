"""Look into a database as a client does that knows nothing of the project, nor of SQLAlchemy's types."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pymysql
from pymysql.constants import CLIENT
from sqlalchemy import make_url


@contextmanager
def connection_to(url: str) -> Iterator[Any]:
    """Open a connection to the database at `url`, in which each statement is committed at once."""
    at = make_url(url)
    if at.drivername == "sqlite":
        opened: Any = sqlite3.connect(at.database or "", isolation_level=None)
    elif at.drivername == "postgresql":
        opened = psycopg.connect(url, autocommit=True)
    else:
        opened = pymysql.connect(
            host=at.host,
            port=at.port or 3306,
            user=at.username,
            password=at.password or "",
            database=at.database,
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
    with closing(opened) as connection:
        yield connection


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with connection_to(url) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def execute(url: str, *statements: str) -> None:
    """Run statements; each may be a whole script."""
    with connection_to(url) as connection, closing(connection.cursor()) as cursor:
        for statement in statements:
            if isinstance(connection, sqlite3.Connection):
                connection.executescript(statement)
            else:
                cursor.execute(statement)
                while isinstance(connection, pymysql.Connection) and cursor.nextset():
                    pass  # the errors of later statements come with their results


def tables(url: str) -> set[str]:
    """Return the names of all tables."""
    if url.startswith("sqlite"):
        found = rows(url, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    elif url.startswith("postgresql"):
        found = rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    else:
        found = rows(url, "SHOW TABLES")
    return {name for (name,) in found}


def version_of(url: str) -> str:
    """Return the name and the version of a server."""
    [(version,)] = rows(url, "SHOW server_version" if url.startswith("postgresql") else "SELECT version()")
    names = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
    return f"{names[url.partition(':')[0]]} {version.split('-')[0].split()[0]}"
