"""Tests of idempotency keys: work is done once, whatever breaks, and an unknown outcome is reported."""

from uuid import uuid4

import pytest
from sqlalchemy import URL, event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.retry import OutcomeUnknown, run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory

from tests.db.cluster.killing import OWN_ID, kill
from tests.db.samples import Counter


async def add_a_counter(session: AsyncSession) -> str:
    """Add a row, so that a test sees a second one."""
    session.add(Counter(value=1))
    return "added"


async def counters(sessions: SessionFactory) -> int:
    """Count the counters."""
    async with sessions() as session:
        return (await session.scalars(select(func.count()).select_from(Counter))).one()


class Breaking:
    """A unit of work whose connection breaks during its first COMMIT."""

    def __init__(self, server: URL) -> None:
        self.server = server
        self.attempts = 0

    async def __call__(self, session: AsyncSession) -> str:
        self.attempts += 1
        if self.attempts == 1:
            own_id = await session.scalar(OWN_ID)
            event.listen(session.sync_session, "before_commit", lambda _session: kill(self.server, own_id))
        return await add_a_counter(session)


async def test_work_with_an_idempotency_key_is_done_once(sessions: SessionFactory) -> None:
    results = [await run_transaction(sessions, add_a_counter, idempotency_key="request-1") for _ in range(3)]

    assert results == ["added"] * 3
    assert await counters(sessions) == 1


async def test_idempotency_keys_are_case_sensitive_and_work_without_one_is_always_done(
    sessions: SessionFactory,
) -> None:
    for key in ("a", "A", None, None):
        await run_transaction(sessions, add_a_counter, idempotency_key=key)

    assert await counters(sessions) == 4


async def test_one_attempt_is_enough_to_get_the_first_result(sessions: SessionFactory) -> None:
    await run_transaction(sessions, add_a_counter, idempotency_key="request-1")

    assert await run_transaction(sessions, add_a_counter, idempotency_key="request-1", attempts=1) == "added"


async def test_failed_work_leaves_its_idempotency_key_free(sessions: SessionFactory) -> None:
    async def fail(session: AsyncSession) -> None:
        await add_a_counter(session)
        raise ValueError("no stock")

    with pytest.raises(ValueError, match="no stock"):
        await run_transaction(sessions, fail, idempotency_key="order-7")
    await run_transaction(sessions, add_a_counter, idempotency_key="order-7")

    assert await counters(sessions) == 1


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 65])
async def test_an_invalid_idempotency_key_is_refused_before_anything_is_sent(
    sessions: SessionFactory, key: str
) -> None:
    with pytest.raises(ValueError, match="use 1 to 64 ASCII characters, no spaces"):
        await run_transaction(sessions, add_a_counter, idempotency_key=key)

    assert await counters(sessions) == 0


async def test_a_result_that_json_would_change_is_refused_and_nothing_is_committed(sessions: SessionFactory) -> None:
    async def work(session: AsyncSession) -> tuple[str, int]:
        return (await add_a_counter(session), 1)

    with pytest.raises(TypeError, match="returned tuple, which JSON cannot store unchanged"):
        await run_transaction(sessions, work, idempotency_key="request-1")

    assert await counters(sessions) == 0


async def test_a_connection_that_breaks_during_commit_is_survived_with_a_key(
    racing_sessions: SessionFactory, server: URL
) -> None:
    work = Breaking(server)

    assert await run_transaction(racing_sessions, work, idempotency_key=str(uuid4())) == "added"

    assert work.attempts == 2
    assert await counters(racing_sessions) == 1


async def test_a_connection_that_breaks_during_commit_is_an_unknown_outcome_without_a_key(
    racing_sessions: SessionFactory, server: URL
) -> None:
    work = Breaking(server)

    with pytest.raises(OutcomeUnknown, match="the transaction may be committed or not"):
        await run_transaction(racing_sessions, work)

    assert work.attempts == 1


async def test_a_connection_that_breaks_before_commit_needs_no_key(
    racing_sessions: SessionFactory, server: URL
) -> None:
    attempts: list[AsyncSession] = []

    async def work(session: AsyncSession) -> str:
        attempts.append(session)
        if len(attempts) == 1:
            kill(server, await session.scalar(OWN_ID))
        return await add_a_counter(session)

    assert await run_transaction(racing_sessions, work) == "added"

    assert len(attempts) == 2
    assert await counters(racing_sessions) == 1


async def test_a_mistake_after_an_unacknowledged_commit_leaves_the_outcome_unknown(
    racing_sessions: SessionFactory, server: URL
) -> None:
    breaking = Breaking(server)

    async def work(session: AsyncSession) -> str:
        if breaking.attempts:
            raise ValueError("a mistake")
        return await breaking(session)

    with pytest.raises(OutcomeUnknown) as error:
        await run_transaction(racing_sessions, work, idempotency_key=str(uuid4()))

    assert isinstance(error.value.__cause__, ValueError)
