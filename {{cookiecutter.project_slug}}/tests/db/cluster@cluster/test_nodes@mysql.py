"""Tests of connecting to a node of Galera or of a group, and of leaving it."""

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db.cluster import nodes
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine, engine_arguments
from {{ cookiecutter.package_name }}.db.cluster.progress import is_disconnect, is_temporary


def listed(url: URL, *hosts: str) -> URL:
    """Return the URL with a list of hosts."""
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


def test_the_first_of_several_hosts_that_responds_is_used(database_url: URL) -> None:
    url = listed(database_url, "127.0.0.1:1", f"{database_url.host}:{database_url.port}")

    with blocking_engine(url, "writer") as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT @@port")) == database_url.port


def test_migrations_go_to_the_first_node_of_galera() -> None:
    url = make_url("mariadb://me@/db?host=a:1&host=b:2")

    assert nodes.direct_url(url) == make_url("mariadb://me@a:1/db")


def test_migrations_go_to_the_primary_of_a_group_or_to_the_first_host(database_url: URL) -> None:
    url = database_url.set(drivername="mysql")  # MariaDB accepts it

    assert nodes.direct_url(listed(url, "127.0.0.1:1", f"{url.host}:{url.port}")) == url
    assert nodes.direct_url(listed(url, "127.0.0.1:1", "127.0.0.1:2")) == url.set(host="127.0.0.1", port=1)


def test_a_failed_connection_may_be_retried(database_url: URL) -> None:
    with blocking_engine(listed(database_url, "127.0.0.1:1", "127.0.0.1:2"), "writer") as engine:
        with pytest.raises(DBAPIError) as error:
            engine.connect()

    assert is_disconnect(error.value)


def test_a_mistake_in_a_statement_is_not_retried(database_url: URL) -> None:
    with (
        blocking_engine(database_url, "writer") as engine,
        engine.connect() as connection,
        pytest.raises(DBAPIError) as error,
    ):
        connection.execute(text("SELECT nothing"))

    assert not is_temporary(error.value)


@pytest.mark.parametrize(
    ("number", "message", "is_left"),
    [
        (1040, "Too many connections", True),
        (1047, "WSREP has not yet prepared node for application use", True),
        (1180, "Got error 6 during COMMIT (Not connected to Primary Component)", True),
        (1180, "wsrep_max_ws_rows exceeded", False),
        (1290, "The MySQL server is running with the --read-only option", True),
        (3100, "Error on observer while running replication hook 'before_commit'.", True),
        (1205, "Lock wait timeout exceeded", False),
    ],
)
def test_a_node_is_left_if_it_cannot_work(number: int, message: str, is_left: bool) -> None:
    with blocking_engine("mariadb://me@host/db", "writer") as engine:
        error = engine.dialect.loaded_dbapi.OperationalError(number, message)

        assert engine.dialect.is_disconnect(error, None, None) is is_left


def test_a_write_in_a_read_only_session_does_not_end_the_connection() -> None:
    dialect = nodes.Dialect(dbapi=nodes.Dialect.import_dbapi(), role="reader", read_only=True)
    error = dialect.loaded_dbapi.OperationalError(1290, "The MySQL server is running with the --read-only option")

    assert not dialect.is_disconnect(error, None, None)


def test_an_invalid_port_is_refused_when_the_engine_is_made() -> None:
    with (
        pytest.raises(ValueError, match="'x' is not a port"),
        blocking_engine("mariadb://me@/db?host=a:x&host=b:1", "writer"),
    ):
        pass


def test_a_response_that_takes_too_long_ends_the_connection(database_url: URL) -> None:
    url = database_url.update_query_dict({"read_timeout": "1"})

    with blocking_engine(url, "writer") as engine, engine.connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT SLEEP(3)"))

    assert is_disconnect(error.value)


def test_a_statement_that_takes_too_long_leaves_the_connection(
    database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "ANSWER_TIMEOUT", 1)
    engine = create_engine(**engine_arguments(database_url, "writer", statement_timeout=1.5, poolclass=NullPool))

    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as error:
            connection.execute(text("SELECT COUNT(*) FROM information_schema.columns WHERE SLEEP(3) = 0")).all()

        connection.rollback()
        assert connection.scalar(text("SELECT 1")) == 1
    assert not is_disconnect(error.value)
