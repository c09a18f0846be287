"""PostgreSQL as a primary with two streaming replicas, and what happens to them; promoted by the test itself."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import servers
from ..clients import execute
from .node import DATABASE, Node, wait_until

NAMES = ["n1", "n2", "n3"]

COMMON = {
    "fsync": "off",
    "max_connections": "200",
    "wal_level": "replica",
    "wal_log_hints": "on",  # pg_rewind needs it
    "wal_keep_size": "256MB",
    "wal_sender_timeout": "5s",
    "wal_receiver_timeout": "5s",
    "wal_retrieve_retry_interval": "200ms",
}
# In the file of every node: given to the first primary alone it would be gone after a promotion.
ASYNCHRONOUS = {"synchronous_standby_names": ""}
QUORUM = {"synchronous_standby_names": f"ANY 1 ({','.join(NAMES)})"}
# A COMMIT is durable 25 ms before it returns, as with a network between two buildings.
SLOW_QUORUM = QUORUM | {"synchronous_commit": "remote_apply", "recovery_min_apply_delay": "25ms"}


@dataclass
class Replicas:
    """The nodes; the first one is the primary at the beginning."""

    nodes: list[Node]
    primary: Node

    @property
    def url(self) -> str:
        """All hosts."""
        return f"postgresql://tester@/{DATABASE}?{'&'.join(f'host={node.address}' for node in self.nodes)}"

    @property
    def one_host(self) -> str:
        """The primary of the beginning."""
        return f"postgresql://tester@{self.nodes[0].address}/{DATABASE}"

    @property
    def standbys(self) -> list[Node]:
        """The nodes that are not the primary, and run."""
        return [node for node in self.nodes if node is not self.primary and node.started[-1].poll() is None]

    def survivor(self) -> str:
        """Return the URL of the primary of now."""
        self.primary.start()
        return self.primary.url

    def promote(self) -> None:
        """Make the replica that has most the primary, and let the other one follow it."""
        self.primary = max(self.standbys, key=lambda node: node.value("SELECT pg_last_wal_receive_lsn() - '0/0'"))
        self.primary.run("pg_ctl", "promote", "--wait", "-D", self.primary.data)
        for node in self.standbys:
            execute(node.url, f"ALTER SYSTEM SET primary_conninfo = '{conninfo(self.primary, node)}'")
            execute(node.url, "SELECT pg_reload_conf()")

    def rejoin(self, node: Node) -> None:
        """Bring a former primary back as a replica: what only it has is undone."""
        source = f"{conninfo(self.primary, node)} dbname=postgres"
        node.run("pg_rewind", "-D", node.data, "--source-server", source, "-R", "--no-sync")
        node.configure()  # it has brought the settings of the other one
        # an idle primary may still have in memory what the replica has to receive first
        execute(self.primary.url, "CHECKPOINT")
        node.start()


def conninfo(primary: Node, replica: Node) -> str:
    """Return how a replica connects to the primary."""
    return f"host={primary.host} port={primary.port} user=tester application_name={replica.name}"


@contextmanager
def replicas(
    folder: Path, settings: dict[str, str], hosts: Sequence[str] = ("127.0.0.1",) * 3, prefix: Sequence[str] = ()
) -> Iterator[Replicas]:
    """Start a primary and two replicas with these settings, each on its host."""
    with ExitStack() as stack:
        # a path of a socket may have about 100 characters, which the folders of pytest may exceed
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pg")))
        nodes = [
            Node(name, folder, host, servers.free_port(), sockets, prefix)
            for name, host in zip(NAMES, hosts, strict=True)
        ]
        for node in nodes:
            stack.callback(node.end)
        first, *others = nodes
        first.run("initdb", "-D", first.data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (first.data / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("host all all all trust\nhost replication all all trust\n")
        first.configure(**COMMON, **settings)
        first.start()
        for node in others:
            origin = conninfo(first, node)
            node.run("pg_basebackup", "-D", node.data, "-d", origin, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            node.configure()
            node.start()
        execute(first.url.replace(f"/{DATABASE}?", "/postgres?"), f"CREATE DATABASE {DATABASE}")
        wait_until(lambda: first.value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 2)
        yield Replicas(nodes, first)
