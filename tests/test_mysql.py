"""Tests of MySQL and MariaDB, two databases of one option: wrong URLs, TLS on demand, and clusters."""

import re
import secrets

import certifi
import pytest
from sqlalchemy import make_url

from . import inside
from .clients import execute, rows
from .conftest import Bake, NewDatabase
from .projects import printed
from .test_projects import sentences

OPEN_SYNC = """
from my_project.db.session import make_engine
from my_project.settings import Settings
with make_engine(Settings.load().database_url).connect() as connection:
    print(connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'").one()[1])
"""
OPEN_ASYNC = """
import asyncio
from my_project.db.session import make_engine
from my_project.settings import Settings
async def main():
    engine = make_engine(Settings.load().database_url)
    async with engine.connect() as connection:
        print((await connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'")).one()[1])
    await engine.dispose()
asyncio.run(main())
"""
OPEN = {"sync": OPEN_SYNC, "async": OPEN_ASYNC}

# The first half is SQLAlchemy's.
SENTENCE = (
    r"MySQL version 9\.\S+ is not a MariaDB variant\. "
    r"The URL should look like mariadb://root:my_project@127\.0\.0\.1:3306/my_project \(mysql:// for MySQL itself\)"
)

styles = pytest.mark.parametrize("io", OPEN)


@pytest.fixture
def wrong(new_database: NewDatabase) -> str:
    """The URL of a database of MySQL, as if it were MariaDB's."""
    return new_database("mysql-9.7").replace("mysql://", "mariadb://")


@styles
def test_an_application_that_takes_mysql_for_mariadb_says_what_to_write(io: str, wrong: str, bake: Bake) -> None:
    project = bake(database="mysql", io=io)

    said = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=wrong), returns=1)

    assert re.fullmatch(f"sqlalchemy.exc.InvalidRequestError: {SENTENCE}", said.splitlines()[-1])


def test_migrations_say_so_in_one_sentence(wrong: str, bake: Bake) -> None:
    project = bake(database="mysql")
    for command in ("upgrade head", "current"):
        done = inside.python(project, "-m", "my_project.migrations", *command.split(), DATABASE_URL=wrong)

        [sentence] = printed(done, returns=255).splitlines()
        assert re.fullmatch(f"FAILED: DATABASE_URL: {SENTENCE}", sentence)


def test_the_tests_of_a_project_say_so_in_one_sentence(wrong: str, bake: Bake) -> None:
    done = inside.own_tests(bake(database="mysql"), TEST_DATABASE_URL=wrong)

    [sentence] = sentences(printed(done, returns=3))
    assert re.fullmatch(f"TEST_DATABASE_URL: {SENTENCE}", sentence)


def test_mariadb_may_be_called_mysql(bake: Bake, new_database: NewDatabase) -> None:
    url = new_database("mariadb-11.8").replace("mariadb://", "mysql://")

    output = printed(inside.own_tests(bake(database="mysql"), "tests/db", TEST_DATABASE_URL=url))

    assert "skipped" not in output


@styles
@pytest.mark.parametrize("kind", ["mysql-9.7-that-demands-tls", "mariadb-11.8-that-demands-tls"])
def test_a_server_that_demands_tls_gets_it(io: str, kind: str, bake: Bake, new_database: NewDatabase) -> None:
    project, url = bake(database="mysql", io=io), new_database(kind)

    printed(inside.python(project, "-m", "my_project.migrations", "upgrade", "head", DATABASE_URL=url))
    cipher = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=url))

    assert cipher.startswith("TLS_")


@styles
@pytest.mark.parametrize("kind", ["mysql-9.7", "mariadb-11.8"])
def test_a_user_of_whom_the_server_demands_tls_gets_it(
    io: str, kind: str, bake: Bake, new_database: NewDatabase
) -> None:
    project, url = bake(database="mysql", io=io), make_url(new_database(kind))
    name = f"tls_{secrets.token_hex(4)}"
    execute(
        url.render_as_string(hide_password=False),
        f"CREATE USER {name}@'%' IDENTIFIED BY 'secret' REQUIRE SSL",
        f"GRANT ALL ON {url.database}.* TO {name}@'%'",
    )
    own = url.set(username=name).render_as_string(hide_password=False)
    others = url.set(username=name, password="other").render_as_string(hide_password=False)  # noqa: S106

    cipher = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=own))
    refusal = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=others), returns=1)

    assert cipher.startswith("TLS_")
    assert "(1045, " in refusal.splitlines()[-2]


@styles
def test_a_wrong_password_is_called_so_by_a_server_without_tls(io: str, bake: Bake, new_database: NewDatabase) -> None:
    wrong = make_url(new_database("mysql")).set(password="other").render_as_string(hide_password=False)  # noqa: S106

    refusal = printed(inside.python(bake(database="mysql", io=io), "-c", OPEN[io], DATABASE_URL=wrong), returns=1)

    assert "(1045, " in refusal.splitlines()[-2]


@styles
def test_the_server_is_verified_if_the_url_says_by_whose_certificate(
    io: str, bake: Bake, new_database: NewDatabase
) -> None:
    project, url = bake(database="mysql", io=io), new_database("mysql-9.7")
    [(data,)] = rows(url, "SELECT @@datadir")
    own, others = (f"{url}?ssl_ca={ca}&ssl_check_hostname=false" for ca in (f"{data}ca.pem", certifi.where()))

    cipher = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=own))
    refusal = printed(inside.python(project, "-c", OPEN[io], DATABASE_URL=others), returns=1)

    assert cipher.startswith("TLS_")
    assert "CERTIFICATE_VERIFY_FAILED" in refusal


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("mysql-9.7", "group replication MySQL in no group a group FAILS"),
        ("mariadb-11.8", "wsrep_cluster_status Disconnected Primary FAILS"),
    ],
)
def test_the_check_of_a_cluster_refuses_a_server_that_is_in_none(
    kind: str, row: str, bake: Bake, new_database: NewDatabase
) -> None:
    project, url = bake(database="mysql", topology="cluster"), new_database(kind)

    said = printed(inside.python(project, "-m", "my_project.db.cluster.check", DATABASE_URL=url), returns=1)

    assert row in [" ".join(line.split()) for line in said.splitlines()]
