"""The nodes of a cluster of PostgreSQL: how they are found, and how one is left."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db import dialect, nodes
from {{ cookiecutter.package_name }}.db.blocking import blocking_engine
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.db.outcomes import Outcome, outcome_of
from {{ cookiecutter.package_name }}.db.session import make_engine

EngineOf = Callable[[URL], Engine]


@pytest.fixture
def engine_of() -> Iterator[EngineOf]:
    """Make blocking engines with the options of this project, whatever its style."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(blocking_engine(url, "writer"))


def listed(url: URL, *hosts: str) -> URL:
    """Return the URL with a list of hosts in place of its one."""
    return url.set(host=None, port=None).update_query_dict({"host": hosts})


def host_of(url: URL) -> str:
    """Return the host and the port; a server that a wheel brought has a socket in a folder instead."""
    return f"{url.host or url.query['host']}:{url.port or 5432}"


def test_of_several_hosts_the_first_that_answers_is_taken(engine_of: EngineOf, database_url: URL) -> None:
    url = listed(database_url, "127.0.0.1:1", host_of(database_url))

    with engine_of(url).connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == database_url.database


def test_migrations_find_the_node_that_writes(database_url: URL) -> None:
    url = nodes.direct_url(listed(database_url, "127.0.0.1:1", host_of(database_url)))

    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_a_node_that_no_longer_writes_is_left(engine_of: EngineOf, database_url: URL) -> None:
    engine = engine_of(database_url)
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()

        with pytest.raises(DBAPIError, match="read-only transaction") as error:
            connection.execute(text("CREATE TABLE refused (id INTEGER)"))

    assert error.value.connection_invalidated
    assert outcome_of(error.value) is Outcome.DISCONNECTED


def test_a_connection_that_nobody_answers_may_be_tried_again(engine_of: EngineOf, database_url: URL) -> None:
    with pytest.raises(DBAPIError) as error:
        engine_of(listed(database_url, "127.0.0.1:1", "127.0.0.1:2")).connect()

    assert outcome_of(error.value) is Outcome.DISCONNECTED


def test_a_mistake_in_a_statement_is_none_of_the_cluster(engine_of: EngineOf, database_url: URL) -> None:
    with engine_of(database_url).connect() as connection, pytest.raises(DBAPIError) as error:
        connection.execute(text("SELECT nothing"))

    assert outcome_of(error.value) is Outcome.FATAL


@pytest.mark.parametrize("role", ["writer", "reader"])
def test_behind_a_pooler_nothing_is_left_in_a_session_or_asked_of_a_node(
    database_url: URL, role: Literal["writer", "reader"]
) -> None:
    options = nodes.engine_options(with_driver(database_url, dialect.NAME), role, pooler=True)

    assert options["connect_args"]["prepare_threshold"] is None
    assert options["connect_args"].keys().isdisjoint({"options", "target_session_attrs"})


def test_what_the_url_says_wins() -> None:
    url = make_url("postgresql+psycopg://me@/db?host=a:1&host=b:2&target_session_attrs=any&connect_timeout=9")

    connect_args = nodes.engine_options(url, "reader", pooler=False)["connect_args"]

    assert connect_args.keys().isdisjoint({"target_session_attrs", "connect_timeout"})
    assert connect_args["load_balance_hosts"] == "random"


def test_options_of_make_engine_win_over_those_of_the_dialect() -> None:
    engine = make_engine(dialect.EXAMPLE_URL, pool_size=3)

    assert engine.pool.size() == 3  # type: ignore[attr-defined]
