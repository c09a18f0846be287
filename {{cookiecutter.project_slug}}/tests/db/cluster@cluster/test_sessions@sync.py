"""Writing and reading: the same code on one server and on many."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, TextClause, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db import nodes
from {{ cookiecutter.package_name }}.db.cluster import Cluster, connected, reading, wait_for, written
from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter
from tests.killing import KILL_ITSELF


@pytest.fixture
def cluster(racing_sessions: SessionFactory, database_url: URL) -> Iterator[Cluster]:
    """One server in both roles; what the tests write is removed with what `racing_sessions` writes."""
    with connected(database_url, read_url=database_url) as cluster:
        yield cluster


def test_what_is_written_can_be_read_with_its_token(cluster: Cluster) -> None:
    with transaction(cluster.writing) as session:
        session.add(Counter(value=7))

    with reading(cluster, after=written(cluster)) as session:
        assert session.scalar(select(Counter.value)) == 7


def test_reading_refuses_to_write_at_once(cluster: Cluster) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read.only"):
        with reading(cluster) as session:
            session.add(Counter())

    with reading(cluster) as session:
        assert session.scalar(select(Counter.value)) is None


@pytest.mark.parametrize("way", ["reading", "reading_from_writer"])
def test_a_unit_that_writes_where_it_may_only_read_is_a_mistake_and_not_tried_again(cluster: Cluster, way: str) -> None:
    attempts: list[Session] = []

    def write(session: Session) -> None:
        attempts.append(session)
        session.add(Counter())

    with pytest.raises(DBAPIError, match=r"(?i)read.only") as error:
        run_transaction(getattr(cluster, way), write)

    assert len(attempts) == 1
    assert not error.value.connection_invalidated


def test_a_replica_that_breaks_while_it_is_waited_for_is_left_for_the_writer(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = written(cluster)
    has_applied = nodes.has_applied
    broken: list[str] = []

    def break_first(position: str, patience: float) -> TextClause:
        if not broken:
            broken.append(position)
            return text(KILL_ITSELF)
        return has_applied(position, patience)

    monkeypatch.setattr(nodes, "has_applied", break_first)

    with reading(cluster, after=token) as session:
        assert session.scalar(select(Counter.value)) is None

    assert broken


def test_a_server_that_is_no_replica_is_never_behind(cluster: Cluster) -> None:
    token = written(cluster)

    with transaction(cluster.reading) as session:
        wait_for(session, token, 0)


def test_without_a_read_url_both_ways_lead_to_the_same_server(
    racing_sessions: SessionFactory, database_url: URL
) -> None:
    with connected(database_url) as cluster, transaction(cluster.writing) as session:
        session.add(Counter(value=3))

    with connected(database_url) as cluster, reading(cluster) as session:
        assert session.scalar(select(Counter.value)) == 3


@pytest.mark.parametrize("servers", [1, 2])
def test_a_cluster_has_an_engine_for_each_url(database_url: URL, servers: int) -> None:
    with connected(database_url, read_url=[None, database_url][servers - 1]) as cluster:
        assert len(cluster.engines) == servers
