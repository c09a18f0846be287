"""Tests of connecting to a node of a PostgreSQL cluster, and of leaving it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Literal

import psycopg
import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.cluster import nodes
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine
from {{ cookiecutter.package_name }}.db.cluster.progress import is_disconnect, is_temporary
from {{ cookiecutter.package_name }}.db.engine import with_driver

EngineOf = Callable[[URL], Engine]


@pytest.fixture
def engine_of() -> Iterator[EngineOf]:
    """Yield a function that makes blocking engines with the options of this project."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(blocking_engine(url, "writer"))


def listed(url: URL, *hosts: str) -> URL:
    """Return the URL with a list of hosts."""
    return url.set(host=None, port=None).update_query_dict({"host": hosts})


def host_of(url: URL) -> str:
    """Return the host and the port; the server of a wheel has the folder of its socket as host."""
    return f"{url.host or url.query['host']}:{url.port or 5432}"


def test_the_first_of_several_hosts_that_responds_is_used(engine_of: EngineOf, database_url: URL) -> None:
    url = listed(database_url, "127.0.0.1:1", host_of(database_url))

    with engine_of(url).connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == database_url.database


def test_migrations_find_the_node_that_takes_writes(database_url: URL) -> None:
    url = nodes.direct_url(listed(database_url, "127.0.0.1:1", host_of(database_url)))

    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_node_that_no_longer_takes_writes_is_left(engine_of: EngineOf, database_url: URL) -> None:
    engine = engine_of(database_url)
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()

        with pytest.raises(DBAPIError, match="read-only transaction") as error:
            connection.execute(text("CREATE TABLE refused (id INTEGER)"))

    assert error.value.connection_invalidated
    assert is_disconnect(error.value)


def test_a_failed_connection_may_be_retried(engine_of: EngineOf, database_url: URL) -> None:
    with pytest.raises(DBAPIError) as error:
        engine_of(listed(database_url, "127.0.0.1:1", "127.0.0.1:2")).connect()

    assert is_disconnect(error.value)


def test_a_mistake_in_a_statement_is_not_retried(engine_of: EngineOf, database_url: URL) -> None:
    with engine_of(database_url).connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT nothing"))

    assert not is_temporary(error.value)


def parameters_of(url: URL, role: Literal["writer", "reader"], *, pooler: bool = False) -> dict[str, Any]:
    """Return the parameters that psycopg gets, without connecting."""
    seen: dict[str, Any] = {}

    def connect(**parameters: Any) -> None:
        seen.update(parameters)
        raise psycopg.OperationalError("seen enough")

    with blocking_engine(url, role, pooler=pooler) as engine, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(psycopg, "connect", connect)
        with pytest.raises(DBAPIError):
            engine.connect()
    return seen


def test_each_role_asks_for_its_node(database_url: URL) -> None:
    assert parameters_of(database_url, "writer")["target_session_attrs"] == "read-write"
    assert parameters_of(database_url, "reader")["target_session_attrs"] == "prefer-standby"


@pytest.mark.parametrize("role", ["writer", "reader"])
def test_a_pooler_gets_no_settings_and_no_prepared_statements(
    database_url: URL, role: Literal["writer", "reader"]
) -> None:
    parameters = parameters_of(database_url, role, pooler=True)

    assert parameters["prepare_threshold"] is None
    assert not parameters["options"]
    assert "target_session_attrs" not in parameters


def test_the_url_wins() -> None:
    url = make_url("postgresql://me@/db?host=a:1&host=b:2&target_session_attrs=any&connect_timeout=9")

    parameters = parameters_of(url, "reader")

    assert parameters["target_session_attrs"] == "any"
    assert str(parameters["connect_timeout"]) == "9"
    assert parameters["load_balance_hosts"] == "random"
