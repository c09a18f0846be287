"""Tests of writing and reading sessions, on one server in both roles."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, TextClause, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.cluster import nodes
from {{ cookiecutter.package_name }}.db.cluster.sessions import (
    Cluster,
    connected,
    reading,
    wait_for,
    written,
)
from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.cluster.killing import KILL_ITSELF
from tests.db.samples import Counter


@pytest.fixture
def cluster(racing_sessions: SessionFactory, database_url: URL) -> Iterator[Cluster]:
    """Yield a cluster of one server in both roles; `racing_sessions` deletes the rows of the tests."""
    with connected(database_url, read_url=database_url) as cluster:
        yield cluster


def test_a_write_can_be_read_with_its_causality_token(cluster: Cluster) -> None:
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
def test_a_write_in_a_read_only_session_is_not_retried_and_keeps_the_connection(cluster: Cluster, way: str) -> None:
    attempts: list[Session] = []

    def write(session: Session) -> None:
        attempts.append(session)
        session.add(Counter())

    with pytest.raises(DBAPIError, match=r"(?i)read.only") as error:
        run_transaction(getattr(cluster, way), write)

    assert len(attempts) == 1
    assert not error.value.connection_invalidated


def test_reading_goes_to_the_writer_if_the_replica_breaks_while_it_waits(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = written(cluster)
    has_applied = nodes.has_applied
    broken: list[str] = []

    def break_first(position: str, max_wait: float) -> TextClause:
        if not broken:
            broken.append(position)
            return text(KILL_ITSELF)
        return has_applied(position, max_wait)

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


def test_every_session_factory_uses_an_engine_of_the_cluster(cluster: Cluster) -> None:
    factories = (cluster.writing, cluster.reading, cluster.reading_from_writer)

    assert [sessions.kw["bind"] for sessions in factories] == [cluster.engines[index] for index in (0, 2, 1)]
    assert len(cluster.engines) == 3


def test_the_engines_are_disposed_of_at_the_end(database_url: URL) -> None:
    with connected(database_url) as cluster:
        for sessions in (cluster.writing, cluster.reading):
            with transaction(sessions) as session:
                session.execute(text("SELECT 1"))
        pools = [engine.pool for engine in cluster.engines]
        assert [pool.checkedin() for pool in pools] == [1, 1]  # type: ignore[attr-defined]

    assert [engine.pool for engine in cluster.engines] != pools


def test_a_malformed_url_is_refused(database_url: URL) -> None:
    with pytest.raises(ValueError, match="two @ before the host"):
        with connected(database_url, read_url=f"{database_url.drivername}://me:p@ss@host/db"):
            pass
