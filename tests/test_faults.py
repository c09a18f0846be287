"""Nothing acknowledged is lost, whatever happens to PostgreSQL; and what is lost without the project's code.

The short form: a second of work before and after each fault. `python -m tests.faults` is the full one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Bake, skipped_without_servers
from .faults import postgresql_scenarios as scenarios
from .faults.outcome import Outcome
from .faults.scenario import Scenario, proved, run

pytestmark = pytest.mark.faults
both = pytest.mark.parametrize("io", ["sync", "async"])

Prove = Callable[[Scenario[Any], str], Outcome]


@pytest.fixture
def prove(bake: Bake, tmp_path: Path) -> Prove:
    """Run a scenario in a project of this io, and see that what must come of it does."""

    def prove(scenario: Scenario[Any], io: str) -> Outcome:
        with skipped_without_servers():
            project = bake(io=io, database=scenario.database, topology="cluster")
            outcome = run(scenario, project, io, tmp_path, seconds=1, is_short=True)
        return proved(scenario, io, outcome)

    return prove


# The long ones first: with `pytest -n auto` the others then run beside them.


def test_an_agent_that_hangs_beside_a_working_postgresql_loses_nothing(prove: Prove) -> None:
    prove(scenarios.HANG, "async")


@both
def test_a_machine_that_vanishes_without_a_packet_is_left_for_another(prove: Prove, io: str) -> None:
    prove(scenarios.VANISH, io)


def test_sqlalchemys_defaults_wait_for_a_machine_that_vanished(prove: Prove) -> None:
    prove(scenarios.VANISH_DEFAULTS, "sync")


def test_patroni_replaces_a_postgresql_that_is_killed(prove: Prove) -> None:
    prove(scenarios.KILL_POSTGRES, "sync")


@both
def test_a_killed_primary_and_a_promoted_replica_lose_nothing(prove: Prove, io: str) -> None:
    prove(scenarios.KILL, io)


def test_sqlalchemys_defaults_never_find_the_promoted_replica(prove: Prove) -> None:
    outcome = prove(scenarios.KILL_DEFAULTS, "sync")

    assert outcome.stuck == scenarios.KILL_DEFAULTS.workers


def test_a_quorum_of_replicas_that_lag_loses_nothing(prove: Prove) -> None:
    prove(scenarios.LAG, "async")


def test_asynchronous_replicas_that_lag_lose_what_was_acknowledged(prove: Prove) -> None:
    prove(scenarios.LAG_ASYNCHRONOUS, "sync")


@both
def test_a_crash_loses_nothing(prove: Prove, io: str) -> None:
    prove(scenarios.CRASH, io)


@both
def test_connections_that_break_in_commit_do_nothing_twice(prove: Prove, io: str) -> None:
    prove(scenarios.TERMINATE, io)


def test_a_blind_retry_does_units_of_work_twice(prove: Prove) -> None:
    prove(scenarios.TERMINATE_BLIND, "sync")


def test_sqlalchemys_defaults_report_errors_for_what_is_committed(prove: Prove) -> None:
    outcome = prove(scenarios.TERMINATE_DEFAULTS, "async")

    assert outcome.reported_as_errors > 0


@both
def test_a_commit_whose_wait_is_cancelled_is_not_acknowledged(prove: Prove, io: str) -> None:
    prove(scenarios.CANCEL, io)


def test_sqlalchemys_defaults_take_a_cancelled_wait_for_success(prove: Prove) -> None:
    prove(scenarios.CANCEL_DEFAULTS, "sync")


def test_a_restart_of_each_node_in_turn_is_not_noticed(prove: Prove) -> None:
    prove(scenarios.ROLL, "async")


@both
def test_thirty_clients_share_three_connections_through_pgbouncer(prove: Prove, io: str) -> None:
    outcome = prove(scenarios.SHARE, io)

    assert outcome.acknowledged >= 600


def test_sqlalchemys_defaults_fail_behind_pgbouncer(prove: Prove) -> None:
    outcome = prove(scenarios.SHARE_DEFAULTS, "sync")

    assert any("prepared statement" in text for text in outcome.texts)


@both
def test_a_killed_pgbouncer_loses_nothing(prove: Prove, io: str) -> None:
    prove(scenarios.KILL_POOLER, io)
