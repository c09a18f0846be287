"""The check of projects, on real clusters: the files that they ship pass it, and each fault is named."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from . import inside
from .clients import execute
from .conftest import Bake, skipped_without_servers
from .faults.galera import Galera, galera
from .faults.group import Group, group
from .faults.node import wait_until
from .faults.patroni import Patroni, patroni
from .faults.pgbouncer import Pooled, pgbouncer
from .projects import printed


@dataclass(frozen=True)
class Checked:
    """A project, a cluster that is set up from its files, and what its check says about it."""

    project: Path
    cluster: Any
    url: str

    def migrate(self, *arguments: str, url: str = "") -> None:
        """Migrate the database of the cluster."""
        printed(inside.python(self.project, "-m", "my_project.migrations", *arguments, DATABASE_URL=url or self.url))

    def check(self, **environment: str) -> tuple[int, str]:
        """Run the check, and return its exit code and what it printed."""
        settings = {"DATABASE_URL": self.url, "DATABASE_READ_URL": self.url} | environment
        done = inside.python(self.project, "-m", "my_project.db.cluster.check", **settings)
        assert done.stderr == ""
        return done.returncode, done.stdout

    def failures(self, **environment: str) -> list[str]:
        """Run the check, and return its sentences about what fails; there are some if and only if it ends with 1."""
        code, output = self.check(**environment)
        found = re.findall(r"^FAILS: (.*)$", output, re.MULTILINE)
        assert code == int(bool(found))
        return found

    def first_failures(self) -> list[str]:
        """Run the check until something fails: a server reads its files, and misses a node, in its own time."""
        found: list[str] = []

        def fails() -> bool:
            found[:] = self.failures()
            return bool(found)

        wait_until(fails)
        return found


def started(stack: ExitStack, cluster: AbstractContextManager[Any]) -> Any:
    """Return the cluster, which runs until the end of the stack."""
    with skipped_without_servers():
        return stack.enter_context(cluster)


def passes(checked: Checked, checks: int) -> None:
    """See that so many checks find nothing, not even something to note."""
    code, output = checked.check()

    assert output.endswith(f"0 of {checks} checks fail.\n")
    assert "note" not in output
    assert code == 0


# Patroni


@pytest.fixture(scope="module")
def on_patroni(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A migrated database on Patroni."""
    project = bake(database="postgresql", topology="cluster")
    with ExitStack() as stack:
        cluster = started(stack, patroni(tmp_path_factory.mktemp("patroni")))
        on_leader(cluster, "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")  # tests begin without it
        checked = Checked(project, cluster, cluster.url)
        checked.migrate("upgrade", "head")
        yield checked


def on_leader(cluster: Patroni, *statements: str) -> None:
    """Do something as a superuser, each statement in a transaction of its own."""
    assert cluster.leader is not None
    execute(cluster.leader.superuser_url, *statements)


STANDBYS = "synchronous_standby_names"


@contextmanager
def role_setting(cluster: Patroni) -> Iterator[None]:
    on_leader(cluster, f"ALTER ROLE {cluster.application} SET synchronous_commit = off")
    try:
        yield
    finally:
        on_leader(cluster, f"ALTER ROLE {cluster.application} RESET synchronous_commit")


@contextmanager
def role_of_somebody_else(cluster: Patroni) -> Iterator[None]:
    on_leader(cluster, "CREATE ROLE reports", "ALTER ROLE reports SET synchronous_commit = local")
    try:
        yield
    finally:
        on_leader(cluster, "DROP ROLE reports")


@contextmanager
def no_right_to_see(cluster: Patroni) -> Iterator[None]:
    on_leader(cluster, f"REVOKE pg_monitor FROM {cluster.application}")
    try:
        yield
    finally:
        on_leader(cluster, f"GRANT pg_monitor TO {cluster.application}")


@contextmanager
def system_setting(cluster: Patroni, name: str, value: str, after: str) -> Iterator[None]:
    on_leader(cluster, f"ALTER SYSTEM SET {name} = {value}", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        on_leader(cluster, f"ALTER SYSTEM {after}", "SELECT pg_reload_conf()")


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_cluster_of_patroni_as_it_is_shipped_passes(on_patroni: Checked, bake: Bake, io: str) -> None:
    # the check is blocking code in both
    project = bake(database="postgresql", topology="cluster", io=io)

    passes(Checked(project, on_patroni.cluster, on_patroni.url), checks=10)


@pytest.mark.parametrize(
    ("broken", "sentences"),
    [
        (role_setting, ["synchronous_commit: a failover loses", "synchronous_commit of roles: their commits"]),
        (role_of_somebody_else, ["synchronous_commit of roles: their commits can be lost"]),
        (no_right_to_see, ["standbys that confirm: this role cannot see them: GRANT pg_monitor TO"]),
        (
            partial(
                system_setting, name="synchronous_standby_names", value="''", after="RESET synchronous_standby_names"
            ),
            ["synchronous_standby_names: replication is asynchronous", "standbys that confirm: only the primary has"],
        ),
        (
            partial(system_setting, name="fsync", value="off", after="SET fsync = on"),
            ["fsync: after a power cut the database may be beyond repair"],
        ),
        (
            partial(system_setting, name="full_page_writes", value="off", after="RESET full_page_writes"),
            ["full_page_writes: after a power cut pages may be half old"],
        ),
    ],
    ids=["role", "another-role", "hidden", "asynchronous", "fsync", "full_page_writes"],
)
def test_each_fault_of_postgresql_is_named_until_it_is_fixed(
    on_patroni: Checked, broken: Callable[[Patroni], AbstractContextManager[None]], sentences: list[str]
) -> None:
    with broken(on_patroni.cluster):
        found = on_patroni.first_failures()

    assert len(found) == len(sentences)
    assert all(sentence.startswith(begin) for sentence, begin in zip(found, sentences, strict=True)), found
    wait_until(lambda: not on_patroni.failures())


def test_migrations_that_are_behind_are_named(on_patroni: Checked) -> None:
    on_patroni.migrate("downgrade", "-1")

    found = on_patroni.failures()
    on_patroni.migrate("upgrade", "head")

    assert [sentence.split(": ")[0] for sentence in found] == ["migrations"]
    assert "my-project-db upgrade head" in found[0]


def test_a_url_to_a_standby_is_named(on_patroni: Checked) -> None:
    replica = on_patroni.cluster.url_of(on_patroni.cluster.replicas[0])

    found = on_patroni.failures(DATABASE_URL=f"{replica}?target_session_attrs=any")

    assert [sentence.split(",")[0] for sentence in found] == ["node: DATABASE_URL leads to a standby"]


def test_reading_from_the_primary_is_noted(on_patroni: Checked) -> None:
    code, output = on_patroni.check(DATABASE_READ_URL=on_patroni.cluster.one_host)

    assert "note: node that is read: DATABASE_READ_URL leads to the primary" in output
    assert code == 0


def test_one_standby_is_noted_and_none_fails(on_patroni: Checked) -> None:
    first, second = on_patroni.cluster.replicas
    first.kill()
    wait_until(lambda: "note: standbys that confirm" in on_patroni.check()[1])
    one = on_patroni.failures()
    second.kill()

    none = on_patroni.first_failures()
    for member in (first, second):
        member.start()
    on_patroni.cluster.survivor()

    assert one == []
    assert any(sentence.startswith("standbys that confirm: only the primary has") for sentence in none)


# PgBouncer

# As the page of a cluster says.
ROLE = [
    "ALTER ROLE CURRENT_USER SET timezone = 'UTC'",
    "ALTER ROLE CURRENT_USER SET lock_timeout = '10s'",
    "ALTER ROLE CURRENT_USER SET idle_in_transaction_session_timeout = '60s'",
]


@pytest.fixture(scope="module")
def on_pgbouncer(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A migrated database behind PgBouncer."""
    project = bake(database="postgresql", topology="cluster")
    with ExitStack() as stack:
        cluster: Pooled = started(stack, pgbouncer(tmp_path_factory.mktemp("pgbouncer")))
        execute(cluster.behind.primary.url, "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()", *ROLE)
        cluster.kill()  # its connections are older than what the role has now
        cluster.start()
        checked = Checked(project, cluster, cluster.url)
        checked.migrate("upgrade", "head", url=cluster.behind.one_host)
        yield checked


def test_a_pooler_with_its_flag_passes(on_pgbouncer: Checked) -> None:
    direct = on_pgbouncer.cluster.behind.one_host

    assert on_pgbouncer.failures(DATABASE_POOLER="1", DATABASE_MIGRATION_URL=direct) == []


def test_migrations_without_a_way_round_the_pooler_are_named(on_pgbouncer: Checked) -> None:
    (sentence,) = on_pgbouncer.failures(DATABASE_POOLER="1")

    assert "migrations bypass the pooler" in sentence


def test_a_pooler_without_its_flag_is_named(on_pgbouncer: Checked) -> None:
    (about_writing, about_reading) = on_pgbouncer.failures()

    assert "unsupported startup parameter: options" in about_writing
    assert "set DATABASE_POOLER=1" in about_writing
    assert about_reading.startswith("DATABASE_READ_URL")


def test_the_flag_without_a_pooler_is_noted(on_pgbouncer: Checked) -> None:
    direct = on_pgbouncer.cluster.behind.one_host

    code, output = on_pgbouncer.check(DATABASE_POOLER="1", DATABASE_URL=direct, DATABASE_MIGRATION_URL=direct)

    assert "note: pooler: DATABASE_POOLER is set" in output
    assert code == 0


# Galera


@pytest.fixture(scope="module")
def on_galera(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A migrated database on Galera."""
    project = bake(database="mysql", topology="cluster")
    with ExitStack() as stack:
        cluster = started(stack, galera(tmp_path_factory.mktemp("galera")))
        checked = Checked(project, cluster, cluster.url)
        checked.migrate("upgrade", "head")
        yield checked


@contextmanager
def variable(cluster: Galera, name: str, value: str, before: str) -> Iterator[None]:
    cluster.nodes[0].rows(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        cluster.nodes[0].rows(f"SET GLOBAL {name} = {before}")


STRICT = "'STRICT_REPLICATION,REQUIRED_PRIMARY_KEY'"


@contextmanager
def table(cluster: Galera, definition: str) -> Iterator[None]:
    def loosely(statement: str) -> None:
        with variable(cluster, "wsrep_mode", "''", STRICT):
            cluster.nodes[0].rows(statement)

    loosely(f"CREATE TABLE app.{definition}")
    try:
        yield
    finally:
        loosely(f"DROP TABLE app.{definition.split()[0]}")


@contextmanager
def one_node_less(cluster: Galera) -> Iterator[None]:
    cluster.nodes[2].kill()
    try:
        yield
    finally:
        cluster.nodes[2].join()


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_cluster_of_galera_as_it_is_shipped_passes(on_galera: Checked, bake: Bake, io: str) -> None:
    project = bake(database="mysql", topology="cluster", io=io)

    passes(Checked(project, on_galera.cluster, on_galera.url), checks=9)


@pytest.mark.parametrize(
    ("broken", "begin"),
    [
        (
            partial(variable, name="wsrep_mode", value="''", before=STRICT),
            "wsrep_mode: rows of a table that is not InnoDB",
        ),
        (
            partial(variable, name="innodb_flush_log_at_trx_commit", value="2", before="1"),
            "innodb_flush_log_at_trx_commit: a power cut",
        ),
        (
            partial(table, definition="logs (id INTEGER PRIMARY KEY) ENGINE = MyISAM"),
            "tables that are not InnoDB: their rows are on one node only",
        ),
        (
            partial(table, definition="log_lines (line INTEGER)"),
            "tables without a primary key: their rows",
        ),
        (one_node_less, "wsrep_cluster_size: losing one more node stops all writes"),
    ],
    ids=["mode", "flush", "engine", "key", "size"],
)
def test_each_fault_of_galera_is_named_until_it_is_fixed(
    on_galera: Checked, broken: Callable[[Galera], AbstractContextManager[None]], begin: str
) -> None:
    with broken(on_galera.cluster):
        found = on_galera.first_failures()

    assert len(found) == 1
    assert found[0].startswith(begin)
    wait_until(lambda: not on_galera.failures())


def test_a_node_without_the_others_rejects_statements(on_galera: Checked) -> None:
    first, *others = on_galera.cluster.nodes
    for node in others:
        node.kill()

    wait_until(lambda: "non-Primary" in str(first.rows("SHOW STATUS LIKE 'wsrep_cluster_status'")))
    found = on_galera.failures(DATABASE_URL=first.url, DATABASE_READ_URL=first.url)
    first.rows("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")
    for node in others:
        node.join()

    assert ["not yet prepared node" in sentence for sentence in found] == [True, True]
    assert on_galera.failures() == []


# Group replication


@pytest.fixture(scope="module")
def on_group(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    """A migrated database on a group of MySQL."""
    project = bake(database="mysql", topology="cluster")
    with ExitStack() as stack:
        cluster = started(stack, group(tmp_path_factory.mktemp("group")))
        checked = Checked(project, cluster, cluster.url)
        checked.migrate("upgrade", "head")
        yield checked


def test_a_group_as_it_is_shipped_passes(on_group: Checked) -> None:
    passes(on_group, checks=11)


@contextmanager
def group_variable(cluster: Group, name: str, value: str, before: str) -> Iterator[None]:
    cluster.primary.rows(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        cluster.primary.rows(f"SET GLOBAL {name} = {before}")


@pytest.mark.parametrize(
    ("name", "value", "before"),
    [
        ("group_replication_consistency", "EVENTUAL", "BEFORE_ON_PRIMARY_FAILOVER"),
        ("group_replication_unreachable_majority_timeout", "0", "5"),
        ("group_replication_exit_state_action", "READ_ONLY", "OFFLINE_MODE"),
    ],
)
def test_settings_of_a_group_that_show_old_rows_or_hang_are_noted(
    on_group: Checked, name: str, value: str, before: str
) -> None:
    with group_variable(on_group.cluster, name, value, before):
        code, output = on_group.check()

    assert f"note: {name}: " in output
    assert code == 0


@contextmanager
def member_less(cluster: Group) -> Iterator[None]:
    node = next(node for node in cluster.nodes if node is not cluster.primary)
    node.kill()
    try:
        yield
    finally:
        node.join()


@contextmanager
def no_right_to_see_the_group(cluster: Group) -> Iterator[None]:
    right = "SELECT ON performance_schema.replication_group_members"
    cluster.primary.rows(f"REVOKE {right} FROM my_project")
    try:
        yield
    finally:
        cluster.primary.rows(f"GRANT {right} TO my_project")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (partial(group_variable, name="sync_binlog", value="0", before="1"), "sync_binlog: a power cut"),
        (member_less, "members that are ONLINE: losing one more node stops all writes"),
        (no_right_to_see_the_group, "needs GRANT SELECT ON performance_schema.replication_group_members"),
    ],
    ids=["binlog", "size", "hidden"],
)
def test_each_fault_of_a_group_is_named_until_it_is_fixed(
    on_group: Checked, broken: Callable[[Group], AbstractContextManager[None]], words: str
) -> None:
    with broken(on_group.cluster):
        found = on_group.first_failures()

    assert words in found[0], found
    wait_until(lambda: not on_group.failures())
