"""The nodes of a Galera cluster: how they are found, and how one is left."""

import pymysql
import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db import nodes
from {{ cookiecutter.package_name }}.db.blocking import blocking_engine
from {{ cookiecutter.package_name }}.db.outcomes import Outcome, outcome_of


def listed(url: URL, *hosts: str) -> URL:
    """Return the URL with a list of hosts in place of its one."""
    return url.set(host=None, port=None).update_query_dict({"host": hosts})


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("mariadb://me@a/db", [("a", 3306)]),
        ("mariadb://me@a:3307/db", [("a", 3307)]),
        ("mariadb://me@/db?host=a:1&host=b", [("a", 1), ("b", 3306)]),
        ("mariadb://me@/db?host=a:1", [("a", 1)]),
        ("mariadb://me@/db?host=[::1]:3307", [("::1", 3307)]),
    ],
)
def test_hosts_stand_in_the_url_alone_or_in_a_list(url: str, hosts: list[tuple[str, int]]) -> None:
    assert nodes.hosts_of(make_url(url)) == hosts


def test_of_several_hosts_the_first_that_answers_is_taken(database_url: URL) -> None:
    url = listed(database_url, "127.0.0.1:1", f"{database_url.host}:{database_url.port}")

    with blocking_engine(url, "writer") as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT @@port")) == database_url.port


def test_migrations_go_to_the_first_node(database_url: URL) -> None:
    url = listed(database_url, "127.0.0.1:1", f"{database_url.host}:{database_url.port}")

    assert nodes.direct_url(url) == database_url.set(host="127.0.0.1", port=1)


def test_a_connection_that_nobody_answers_may_be_tried_again(database_url: URL) -> None:
    with blocking_engine(listed(database_url, "127.0.0.1:1", "127.0.0.1:2"), "writer") as engine:
        with pytest.raises(DBAPIError) as error:
            engine.connect()

    assert outcome_of(error.value) is Outcome.DISCONNECTED


def test_a_mistake_in_a_statement_is_none_of_the_cluster(database_url: URL) -> None:
    with (
        blocking_engine(database_url, "writer") as engine,
        engine.connect() as connection,
        pytest.raises(DBAPIError) as error,
    ):
        connection.execute(text("SELECT nothing"))

    assert outcome_of(error.value) is Outcome.FATAL


def test_a_transaction_that_is_too_large_is_told_from_a_lost_quorum() -> None:
    lost = pymysql.err.OperationalError(1180, "Got error 6 during COMMIT (Not connected to Primary Component)")
    large = pymysql.err.OperationalError(1180, "wsrep_max_ws_rows exceeded")

    assert nodes.is_disconnect(lost)
    assert not nodes.is_disconnect(large)


def test_an_answer_that_takes_too_long_ends_the_connection(database_url: URL) -> None:
    url = database_url.update_query_dict({"read_timeout": "1"})

    with blocking_engine(url, "writer") as engine, engine.connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT SLEEP(3)"))

    assert outcome_of(error.value) is Outcome.DISCONNECTED
