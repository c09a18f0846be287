"""MariaDB with Galera on three nodes, each on a loopback address of its own."""

import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql

from .. import servers
from .mysqld import START_TIMEOUT, Mysqld, see_that_they_agree
from .node import DATABASE, wait_until
from .shipped import shipped

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
ATTEMPTS = 5
# Processes are killed here, and no power is cut.
SMALL = {
    "innodb-flush-method": "nosync",
    "innodb-log-file-size": "32M",
    "innodb-buffer-pool-size": "32M",
    "max-connections": "200",
    "skip-name-resolve": "ON",
}
NEW_DATABASE = f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4"


def program(name: str) -> str:
    """Return the path of a program of MariaDB."""
    found = servers.program(name)
    # A node that was away calls it to get what it missed; it is a script of the package mariadb-server.
    if found is None or not PROVIDER.exists() or servers.program("wsrep_sst_rsync") is None:
        raise servers.UnavailableError("no MariaDB with Galera: apt-get install mariadb-server")
    return found


def provider_options(config: str, **own: str) -> str:
    """Return the options of Galera in a configuration, with some of our own."""
    (written,) = re.findall(r'^wsrep_provider_options\s*=\s*"(.*)"$', config, re.MULTILINE)
    options = dict(option.split("=", 1) for option in re.split(r"\s*;\s*", written) if option)
    return ";".join(f"{name}={value}" for name, value in (options | own).items())


@dataclass
class Node(Mysqld):
    """One server, and what it knows of the others."""

    address: str
    config: Path
    members: str

    @property
    def url(self) -> str:
        """The URL of this node alone."""
        return f"mariadb://tester:secret@{self.address}:3306/{DATABASE}"

    def command(self, *options: str) -> list[str]:
        """Return the command that runs the server: as projects ship it, but for what belongs to their machines."""
        galera = {"gmcast.listen_addr": f"tcp://{self.address}:4567", "gcache.size": "32M"}
        temporary = self.folder / f"{self.name}-temporary"  # a node that starts deletes the files of others in it
        temporary.mkdir(exist_ok=True)
        own = {
            "datadir": self.data,
            "tmpdir": temporary,
            "socket": self.door,
            "pid-file": self.folder / f"{self.name}.pid",
            "bind-address": self.address,
            "wsrep-cluster-address": self.members,
            "wsrep-node-name": self.name,
            "wsrep-node-address": self.address,
            "wsrep-provider-options": provider_options(self.config.read_text(encoding="utf-8"), **galera),
            # mariabackup needs more packages. No node needs a copy of another one here, only what it missed.
            "wsrep-sst-method": "rsync",
            **SMALL,
        }
        words = [f"--{name}={value}" for name, value in own.items()]
        return servers.unprivileged([program("mariadbd"), f"--defaults-file={self.config}", *words, *options])

    def launch(self, *options: str) -> None:
        """Start the process."""
        self.run(self.command(f"--wsrep-start-position={self.position()}", *options))

    def join(self, *options: str) -> None:
        """Start if nothing runs, and wait until the node has what it missed, and takes statements."""
        # More than once: on a busy machine the rsync that receives what was missed ends at once now and then.
        for _ in range(ATTEMPTS):
            if not self.runs:
                self.launch(*options)
            wait_until(lambda: self.is_synced() or not self.runs, START_TIMEOUT)
            if self.runs:
                return
        raise RuntimeError(f"{self.name} did not join:\n{self.log.read_text(errors='replace')[-3000:]}")

    def position(self) -> str:
        """Return what a node that is down has committed, as `cluster:number`; the units of systemd start so too.

        https://mariadb.com/docs/galera-cluster/high-availability/recovering-a-primary-component
        """
        log = self.folder / f"{self.name}.recovery"
        log.unlink(missing_ok=True)
        subprocess.run(self.command("--wsrep-recover", f"--log-error={log}"), check=True, capture_output=True)
        *_, position = re.findall(r"Recovered position:\s*(\S+)", log.read_text(errors="replace"))
        return str(position)

    def status(self) -> dict[str, str]:
        """Return what the node says of itself and the cluster; nothing if it does not respond."""
        try:
            return dict(self.rows("SHOW STATUS LIKE 'wsrep%'"))
        except (pymysql.Error, OSError):
            return {}

    def is_synced(self) -> bool:
        """Return whether the node takes statements, and has what the others have."""
        status = self.status()
        return status.get("wsrep_ready") == "ON" and status.get("wsrep_local_state_comment") == "Synced"


@dataclass
class Galera:
    """The nodes; all are equal."""

    nodes: list[Node]

    @property
    def url(self) -> str:
        """All hosts."""
        return f"mariadb://tester:secret@/{DATABASE}?{'&'.join(f'host={node.address}:3306' for node in self.nodes)}"

    @property
    def one_host(self) -> str:
        """The first node."""
        return self.nodes[0].url

    def bootstrap(self, first: Node) -> None:
        """Begin a cluster of nodes that are all down, with one than which no other has more."""
        state = first.data / "grastate.dat"
        # its way to ask whether somebody has thought about that
        state.write_text(state.read_text("ascii").replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1"), "ascii")
        first.join("--wsrep-new-cluster")
        # One after the other: of two that come together, one tries again only some seconds later.
        for node in self.nodes:
            if node is not first:
                node.join()

    def survivor(self) -> str:
        """Return the URL of the first node, once all are back."""
        for node in self.nodes:
            node.join()
        wait_until(lambda: self.changes() is not None, START_TIMEOUT)
        return self.one_host

    def changes(self) -> int | None:
        """Return how often nodes came and went since the cluster began, or None if not all are in it now."""
        views = {
            (node.is_synced(), node.status().get("wsrep_cluster_size"), node.status().get("wsrep_cluster_conf_id"))
            for node in self.nodes
        }
        match [*views]:
            case [(True, "3", str(number))]:
                return int(number)
        return None

    def agree(self) -> None:
        """Raise RuntimeError if not all nodes have the same rows; nobody may write meanwhile."""
        self.survivor()
        for node in self.nodes:
            node.rows("SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1")
        see_that_they_agree(self.nodes, DATABASE)

    def empty(self) -> None:
        """Begin with an empty database again, on all nodes."""
        self.survivor()
        self.nodes[0].rows(f"DROP DATABASE {DATABASE}")
        self.nodes[0].rows(NEW_DATABASE)


@contextmanager
def galera(folder: Path) -> Iterator[Galera]:
    """Start three nodes, as projects ship it."""
    with ExitStack() as stack:
        config = folder / "galera.cnf"
        config.write_text(shipped("galera@mysql.cnf"), encoding="utf-8")
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="galera")))
        # Nobody else has these addresses, so all nodes have the usual ports, as on machines of their own.
        network = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
        addresses = [f"{network}.{number}" for number in (11, 12, 13)]
        nodes = [
            Node(f"node{number}", folder, sockets / str(number), address, config, f"gcomm://{','.join(addresses)}")
            for number, address in enumerate(addresses, start=1)
        ]
        for node in nodes:
            stack.callback(node.end)
        install(nodes[0])
        for node in nodes[1:]:
            # so that none has to copy another one when it joins
            shutil.copytree(nodes[0].data, node.data)
        cluster = Galera(nodes)
        cluster.bootstrap(nodes[0])
        yield cluster


def install(node: Node) -> None:
    """Make the data of a cluster of one node, which is down again in the end."""
    options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
    small = [f"--{name}={value}" for name, value in SMALL.items()]
    command = [program("mariadb-install-db"), *options, f"--datadir={node.data}", *small]
    subprocess.run(servers.unprivileged(command), check=True, capture_output=True)
    node.join("--wsrep-new-cluster")
    node.rows("CREATE USER tester@'%' IDENTIFIED BY 'secret'")
    node.rows("GRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION")
    node.rows(NEW_DATABASE)
    node.stop()
