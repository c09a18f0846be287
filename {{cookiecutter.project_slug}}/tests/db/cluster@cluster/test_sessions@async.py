"""Writing and reading: the same code on one server and on many."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, TextClause, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db import nodes
from {{ cookiecutter.package_name }}.db.cluster import Cluster, connected, reading, wait_for, written
from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Counter
from tests.killing import KILL_ITSELF


@pytest.fixture
async def cluster(racing_sessions: SessionFactory, database_url: URL) -> AsyncIterator[Cluster]:
    """One server in both roles; what the tests write is removed with what `racing_sessions` writes."""
    async with connected(database_url, read_url=database_url) as cluster:
        yield cluster


async def test_what_is_written_can_be_read_with_its_token(cluster: Cluster) -> None:
    async with transaction(cluster.writing) as session:
        session.add(Counter(value=7))

    async with reading(cluster, after=await written(cluster)) as session:
        assert await session.scalar(select(Counter.value)) == 7


async def test_reading_refuses_to_write_at_once(cluster: Cluster) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read.only"):
        async with reading(cluster) as session:
            session.add(Counter())

    async with reading(cluster) as session:
        assert await session.scalar(select(Counter.value)) is None


@pytest.mark.parametrize("way", ["reading", "reading_from_writer"])
async def test_a_unit_that_writes_where_it_may_only_read_is_a_mistake_and_not_tried_again(
    cluster: Cluster, way: str
) -> None:
    attempts: list[AsyncSession] = []

    async def write(session: AsyncSession) -> None:
        attempts.append(session)
        session.add(Counter())

    with pytest.raises(DBAPIError, match=r"(?i)read.only") as error:
        await run_transaction(getattr(cluster, way), write)

    assert len(attempts) == 1
    assert not error.value.connection_invalidated


async def test_a_replica_that_breaks_while_it_is_waited_for_is_left_for_the_writer(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await written(cluster)
    has_applied = nodes.has_applied
    broken: list[str] = []

    def break_first(position: str, patience: float) -> TextClause:
        if not broken:
            broken.append(position)
            return text(KILL_ITSELF)
        return has_applied(position, patience)

    monkeypatch.setattr(nodes, "has_applied", break_first)

    async with reading(cluster, after=token) as session:
        assert await session.scalar(select(Counter.value)) is None

    assert broken


async def test_a_server_that_is_no_replica_is_never_behind(cluster: Cluster) -> None:
    token = await written(cluster)

    async with transaction(cluster.reading) as session:
        await wait_for(session, token, 0)


async def test_without_a_read_url_both_ways_lead_to_the_same_server(
    racing_sessions: SessionFactory, database_url: URL
) -> None:
    async with connected(database_url) as cluster, transaction(cluster.writing) as session:
        session.add(Counter(value=3))

    async with connected(database_url) as cluster, reading(cluster) as session:
        assert await session.scalar(select(Counter.value)) == 3


@pytest.mark.parametrize("servers", [1, 2])
async def test_a_cluster_has_an_engine_for_each_url(database_url: URL, servers: int) -> None:
    async with connected(database_url, read_url=[None, database_url][servers - 1]) as cluster:
        assert len(cluster.engines) == servers
