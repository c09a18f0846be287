"""Nothing acknowledged is lost, whatever happens to a group of MySQL; and readers see what their token stands for.

The short form: a second of work before and after each fault, on one group. `python -m tests.faults` is the full one.
"""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, skipped_without_servers
from .faults import group_scenarios as scenarios
from .faults.group import Group, Node, group
from .faults.node import wait_until
from .faults.outcome import Outcome
from .faults.scenario import Scenario, proved, run, working
from .projects import printed

pytestmark = pytest.mark.faults
both = pytest.mark.parametrize("io", ["sync", "async"])


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """Three nodes, for all tests of this module."""
    with skipped_without_servers(), group(tmp_path_factory.mktemp("group")) as cluster:
        yield cluster


@pytest.fixture
def cluster(members: Group) -> Group:
    """The three nodes, up again whatever the last test did to them, with an empty database."""
    members.empty()
    return members


def project_of(bake: Bake, io: str) -> Path:
    """Return a project for this cluster."""
    return bake(io=io, database="mysql", topology="cluster")


def outcome_of(scenario: Scenario[Group], io: str, cluster: Group, bake: Bake, folder: Path) -> Outcome:
    """Run a scenario in a project of this io, and see that what must come of it does."""
    here = replace(scenario, start=lambda _: nullcontext(cluster))
    outcome = run(here, project_of(bake, io), io, folder, seconds=1, is_short=True)
    cluster.agree()
    return proved(scenario, io, outcome)


def test_a_killed_primary_is_left_for_the_next_one_and_loses_nothing(
    bake: Bake, cluster: Group, tmp_path: Path
) -> None:
    outcome = outcome_of(scenarios.KILL, "async", cluster, bake, tmp_path)

    assert outcome.stall < 25


def test_a_primary_without_a_majority_rejects_commits_that_are_not_done_twice(
    bake: Bake, cluster: Group, tmp_path: Path
) -> None:
    outcome_of(scenarios.LEAVE_ALONE, "sync", cluster, bake, tmp_path)


def test_migrations_find_the_primary(bake: Bake, cluster: Group) -> None:
    primary = cluster.primary
    hosts = [node.port for node in sorted(cluster.nodes, key=lambda node: node is primary)]
    url = f"{primary.url.partition('@')[0]}@/my_project?{'&'.join(f'host=127.0.0.1:{port}' for port in hosts)}"

    printed(inside.python(project_of(bake, "sync"), "-m", "my_project.migrations", "upgrade", "head", DATABASE_URL=url))

    assert primary.rows("SELECT COUNT(*) FROM my_project.alembic_version") == [(1,)]


@both
def test_a_reader_on_another_node_sees_what_its_token_stands_for(bake: Bake, cluster: Group, io: str) -> None:
    reader = next(node for node in cluster.nodes if node is not cluster.primary)
    inside.program(project_of(bake, io), "fault_units", cluster.one_host)

    with reader.late():
        found = inside.program(project_of(bake, io), f"all_nodes_{io}", "reads", 100, cluster.one_host, reader.url)

    stale = json.loads(found)
    print(f"{io}: stale reads of 100: {stale}")
    assert stale["with a token"] == 0
    assert stale["without"] > 0, "the reader was never behind, so the token proves nothing"


def test_a_replaced_primary_that_has_not_noticed_gives_no_token(bake: Bake, cluster: Group, tmp_path: Path) -> None:
    old = cluster.primary
    new_commits = "SELECT GTID_SUBTRACT('{0}', '{1}')"
    with working(project_of(bake, "sync"), "late_token", [cluster.url], [], tmp_path) as program:
        old.freeze()
        wait_until(lambda: any(node.member[1] == "PRIMARY" for node in cluster.nodes if node is not old))
        new = next(node for node in cluster.nodes if node is not old and node.member[1] == "PRIMARY")
        new.rows("CREATE TABLE my_project.later (id INT PRIMARY KEY)")
        ((committed,),) = new.rows("SELECT @@global.gtid_executed")
        old.freeze(signal.SIGCONT)
        ((its_own, role),) = old.rows("SELECT @@global.gtid_executed, @@super_read_only")
        said, _ = program.communicate("\n", timeout=60)

    [token] = said.split()
    missing = {at: new.rows(new_commits.format(committed, at))[0][0] for at in (token, its_own)}
    assert missing[token] == ""
    assert (missing[its_own] != "", role) == (True, 0), "the old primary had noticed, so the token proves nothing"


def connected_to(node: Node, role: str, project: Path) -> str:
    """Return the port that an engine of this role connects to, or the refusal, and whether it may be retried."""
    look = f"""
from my_project.db.cluster.engine import engine_arguments
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
try:
    with create_engine(**engine_arguments({node.url!r}, {role!r}, read_only=True)).connect() as connection:
        print(connection.exec_driver_sql("SELECT @@port").scalar())
except DBAPIError as error:
    print(error.orig.args[1], error.connection_invalidated)
"""
    return printed(inside.python(project, "-c", look)).strip()


@pytest.mark.parametrize("role", ["writer", "reader"])
def test_a_member_that_has_another_role_is_refused(role: str, bake: Bake, cluster: Group) -> None:
    secondary = next(node for node in cluster.nodes if node is not cluster.primary)
    found = connected_to(secondary, role, project_of(bake, "sync"))

    refusal = "not the writer of its group: read-only True"
    assert found == {"writer": refusal, "reader": str(secondary.port)}[role]


def test_a_server_outside_its_group_is_refused_although_it_takes_writes(bake: Bake, cluster: Group) -> None:
    outside = next(node for node in cluster.nodes if node is not cluster.primary)
    outside.stop()
    outside.run(outside.command("--group-replication-start-on-boot=OFF", "--super-read-only=OFF"))
    wait_until(outside.responds, 60)

    refusals = [connected_to(outside, role, project_of(bake, "sync")) for role in ("writer", "reader")]
    outside.stop()
    outside.join()

    assert refusals == [f"not the {role} of its group: OFFLINE True" for role in ("writer", "reader")]


def test_an_empty_node_copies_another_one_if_the_binary_logs_do_not_go_back_far_enough(cluster: Group) -> None:
    *others, node = sorted(cluster.nodes, key=lambda node: node is not cluster.primary)
    cluster.primary.rows("CREATE TABLE my_project.kept (id INT PRIMARY KEY)")
    node.stop()
    shutil.rmtree(node.data)
    for other in others:
        other.rows("FLUSH BINARY LOGS")
        time.sleep(1)  # the logs before now are those before this second
        other.rows("PURGE BINARY LOGS BEFORE NOW()")

    node.install()
    node.join()

    cluster.agree()
    assert "distributed recovery using clone" in node.log.read_text(errors="replace")
