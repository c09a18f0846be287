"""URLs in which everything is odd: the user, the password, the name of the file, options after a question mark."""

import json
import shlex
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
import pymysql
import pytest
from sqlalchemy import make_url

from . import inside
from .clients import execute, rows, tables
from .conftest import Bake, NewDatabase
from .planting import FIRST
from .projects import printed

# ASCII, because PyMySQL and asyncmy send other characters in Latin-1.
USER, PASSWORD = "fan@home", """p@ss:w/o%r%41d?#&=+ "~[]"""
# Options for the driver, and how to see that they arrived.
OPTIONS = {
    "postgresql": "?application_name=100%25%20mine&connect_timeout=7",
    "mysql": "?charset=utf8mb4&sql_mode=NO_UNSIGNED_SUBTRACTION",
}
ARRIVED = {
    "postgresql": ("SHOW application_name", "100% mine"),
    "mysql": ("SELECT @@sql_mode", "NO_UNSIGNED_SUBTRACTION,STRICT_ALL_TABLES"),
}


def database_of(url: str) -> str:
    """Return the option for this URL."""
    return "postgresql" if url.startswith("postgresql") else "mysql"


def url_of(url: str, password: str) -> str:
    """Return the URL of the same database for the odd user; people write what is odd with %."""
    at = make_url(url)
    login = f"{quote(USER, safe='')}:{quote(password, safe='')}"
    return f"{at.drivername}://{login}@{at.host}:{at.port}/{at.database}{OPTIONS[database_of(url)]}"


def make_postgresql_user(url: str) -> None:
    """Make the user, and let the server ask this one for a password, which it does not ask of the others."""
    ((hba_file,),) = rows(url, "SHOW hba_file")
    execute(
        url,
        f"""CREATE ROLE "{USER}" LOGIN PASSWORD '{PASSWORD}'""",
        f"""ALTER DATABASE {make_url(url).database} OWNER TO "{USER}" """,
        f"""COPY (VALUES ('host all "{USER}" 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust'))
            TO '{hba_file}'""",
        "SELECT pg_reload_conf()",
    )


def make_mysql_user(url: str) -> None:
    """Make the user."""
    execute(
        url,
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON {make_url(url).database}.* TO '{USER}'@'%'",
    )


MAKE_USER = {"postgresql": make_postgresql_user, "mysql": make_mysql_user}


def is_refused(url: str) -> bool:
    """Return whether the server does not let us in."""
    try:
        rows(url, "SELECT 1")
    except (psycopg.OperationalError, pymysql.OperationalError):
        return True
    return False


@pytest.fixture(scope="module", params=MAKE_USER)
def odd_url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """The URL of an empty database, for a user who is let in with this password alone."""
    url = new_database(request.param)
    MAKE_USER[request.param](url)
    deadline = time.monotonic() + 20  # PostgreSQL reads its rules again in the background
    while not is_refused(url_of(url, "another")):
        assert time.monotonic() < deadline, "the server lets people in with any password, so nothing is proven"
        time.sleep(0.05)
    return url_of(url, PASSWORD)


@pytest.mark.parametrize("io", ["sync", "async"])
def test_an_odd_url_serves_the_application_and_its_migrations(io: str, odd_url: str, bake: Bake) -> None:
    database = database_of(odd_url)
    query, option = ARRIVED[database]

    output = inside.program(bake(io=io, database=database), "application", "directly", query, DATABASE_URL=odd_url)

    assert json.loads(output)["found"] == option
    assert tables(odd_url) >= {"companies"}


def test_an_odd_url_can_be_given_on_the_command_line(odd_url: str, bake: Bake) -> None:
    command = f"-x {shlex.quote(f'url={odd_url}')}"

    printed(
        inside.python(
            bake(database=database_of(odd_url)),
            inside.PROGRAMS / "commands.py",
            f"{command} upgrade head",
            f"{command} check",
        )
    )


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_file_of_sqlite_may_have_an_odd_name(io: str, bake: Bake, tmp_path: Path) -> None:
    file = tmp_path / "50% of ünïcode %41@#&+.db"

    output = inside.program(
        bake(io=io), "application", "directly", DATABASE_URL=f"sqlite:///{file}?cached_statements=50"
    )

    assert json.loads(output)["found"] == FIRST
    assert tables(f"sqlite:///{file}") >= {"companies"}
