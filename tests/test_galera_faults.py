"""Nothing acknowledged is lost, whatever happens to Galera; and what is done twice without the project's code.

The short form: a second of work before and after each fault, on one cluster. `python -m tests.faults` is the full one.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, skipped_without_servers
from .faults import galera_scenarios as scenarios
from .faults.galera import Galera, galera
from .faults.outcome import Outcome
from .faults.scenario import Scenario, proved, run

pytestmark = pytest.mark.faults
both = pytest.mark.parametrize("io", ["sync", "async"])

Prove = Callable[[Scenario[Galera], str], Outcome]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Galera]:
    """Three nodes, for all tests of this module."""
    with skipped_without_servers(), galera(tmp_path_factory.mktemp("galera")) as cluster:
        yield cluster


@pytest.fixture
def cluster(nodes: Galera) -> Galera:
    """The three nodes, up again whatever the last test did to them, with an empty database."""
    nodes.empty()
    return nodes


def project_of(bake: Bake, io: str) -> Path:
    """Return a project for this cluster."""
    return bake(io=io, database="mysql", topology="cluster")


@pytest.fixture
def prove(bake: Bake, cluster: Galera, tmp_path: Path) -> Prove:
    """Run a scenario in a project of this io, and see that what must come of it does."""

    def prove(scenario: Scenario[Galera], io: str) -> Outcome:
        here = replace(scenario, start=lambda _: nullcontext(cluster))
        outcome = run(here, project_of(bake, io), io, tmp_path, seconds=1, is_short=True)
        cluster.agree()
        return proved(scenario, io, outcome)

    return prove


@both
def test_a_killed_node_loses_nothing(prove: Prove, io: str) -> None:
    prove(scenarios.KILL, io)


def test_sqlalchemys_defaults_report_errors_until_the_node_is_back(prove: Prove) -> None:
    prove(scenarios.KILL_DEFAULTS, "sync")


def test_commits_that_a_killed_node_did_not_acknowledge_are_not_done_twice(prove: Prove) -> None:
    prove(scenarios.KILL_IN_COMMIT, "async")


def test_a_blind_retry_does_them_twice(prove: Prove) -> None:
    prove(scenarios.KILL_IN_COMMIT_BLIND, "sync")


def test_a_paused_node_loses_nothing(prove: Prove) -> None:
    prove(scenarios.PAUSE, "sync")


def test_a_node_that_stays_frozen_is_left_for_another(prove: Prove) -> None:
    outcome = prove(scenarios.FREEZE, "async")

    assert outcome.stall < 25


def test_a_power_cut_of_all_nodes_loses_nothing(prove: Prove) -> None:
    prove(scenarios.SWITCH_OFF, "async")


def test_a_restart_of_each_node_in_turn_is_not_noticed(prove: Prove) -> None:
    prove(scenarios.ROLL, "async")


def test_killed_connections_lose_nothing(prove: Prove) -> None:
    prove(scenarios.KILL_CONNECTIONS, "sync")


@both
def test_writers_on_all_nodes_lose_races_and_no_unit_of_work(bake: Bake, cluster: Galera, io: str) -> None:
    urls = [node.url for node in cluster.nodes]
    inside.program(project_of(bake, io), "fault_units", cluster.one_host)

    printed = inside.program(project_of(bake, io), f"all_nodes_{io}", "races", 40, *urls)

    unguarded, guarded = map(json.loads, printed.splitlines())
    assert guarded == {"committed": 320, "errors": {}, "value": 320}
    # an error, and nothing lost: the nodes compare at COMMIT what they changed
    assert unguarded["committed"] == unguarded["value"] < 320
    assert all("1213" in error for error in unguarded["errors"])


@both
def test_a_reader_on_another_node_sees_what_its_token_stands_for(bake: Bake, cluster: Galera, io: str) -> None:
    writer, reader, _ = cluster.nodes
    inside.program(project_of(bake, io), "fault_units", writer.url)

    with reader.late():
        printed = inside.program(project_of(bake, io), f"all_nodes_{io}", "reads", 100, writer.url, reader.url)

    stale = json.loads(printed)
    print(f"{io}: stale reads of 100: {stale}")
    assert stale["with a token"] == 0
    assert stale["without"] > 0, "the reader was never behind, so the token proves nothing"
