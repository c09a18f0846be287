"""MySQL with group replication on three nodes, each with a port of its own."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from .. import servers
from ..projects import PACKAGE
from .mysqld import START_TIMEOUT, Mysqld, see_that_they_agree
from .node import wait_until
from .shipped import shipped

ATTEMPTS = 4
PATIENCE, CATCH_UP = 40, 240  # seconds
# Processes are killed here, and no power is cut.
SMALL = {
    "innodb-flush-method": "nosync",
    "innodb-redo-log-capacity": "64M",
    "innodb-buffer-pool-size": "32M",
    "group-replication-message-cache-size": "128M",
    "max-connections": "200",
    "skip-name-resolve": "ON",
    "mysqlx": "OFF",
    "secure-file-priv": "NULL",
}
# Comments of the configuration that statements follow.
EACH, APPLICATION = "Once, on each node", "Once, on the first node"
MEMBER = """
    SELECT member_state, member_role, (
        SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE member_state = 'ONLINE'
    ) FROM performance_schema.replication_group_members WHERE member_id = @@server_uuid
"""


def statements(config: str, begin: str) -> list[str]:
    """Return the statements that follow a comment of the configuration."""
    _, _, after = config.partition(begin)
    block = re.findall(r"^#( *)(.*)$", after.partition("[mysqld]")[0].partition("\n")[2], re.MULTILINE)
    found = []
    for indent, words in block:
        if len(indent) < 3:
            break
        found.append(words.rstrip(";").replace("...", "secret"))
    return found


@dataclass
class Node(Mysqld):
    """One server, its port, and what it knows of the others."""

    port: int
    config: Path
    seeds: str

    @property
    def url(self) -> str:
        """The URL of this node alone."""
        return f"mysql://{PACKAGE}:secret@127.0.0.1:{self.port}/{PACKAGE}"

    def command(self, *options: str, defaults: bool = True) -> list[str]:
        """Return the command that runs the server: as projects ship it, but for what belongs to their machines."""
        usr = servers.MYSQL.root / "usr"
        own: dict[str, object] = {
            "basedir": usr,
            "lc-messages-dir": usr / "share" / "mysql",
            "plugin-dir": usr / "lib" / "mysql" / "plugin",
            "datadir": self.data,
            "socket": self.door,
            "pid-file": self.folder / f"{self.name}.pid",
            "bind-address": "127.0.0.1",
            "port": self.port,
            "server-id": self.name.removeprefix("node"),
            "report-host": "127.0.0.1",
            "group-replication-local-address": f"127.0.0.1:{self.port}",
            "group-replication-group-seeds": self.seeds,
            **SMALL,
        }
        if not defaults:  # the plugin is not there
            own = {name: value for name, value in own.items() if not name.startswith("group-")}
        words = [f"--{name}={value}" for name, value in own.items()]
        file = f"--defaults-file={self.config}" if defaults else "--no-defaults"
        return [str(usr / "sbin" / "mysqld"), file, *words, *servers.user(), *options]

    def join(self, *options: str) -> None:
        """Start if nothing runs, and wait until the node has what it missed."""
        for _ in range(ATTEMPTS):
            if not self.runs:
                self.run(self.command(*options))
            with suppress(TimeoutError):
                wait_until(lambda: self.member[0] in {"ONLINE", "RECOVERING"} or not self.runs, PATIENCE)
            with suppress(TimeoutError):
                wait_until(lambda: self.member[0] != "RECOVERING", CATCH_UP)
            if self.member[0] == "ONLINE":
                return
            # A member whose first attempt failed tries again after five minutes; one that copied another has ended; one
            # whose donor was killed waits for a minute.
            if self.runs:
                self.stop()
        raise RuntimeError(f"{self.name} did not join:\n{self.log.read_text(errors='replace')[-3000:]}")

    def install(self) -> None:
        """Make the data of a node, and stop it again."""
        command = self.command("--initialize-insecure", defaults=False)
        subprocess.run(command, check=True, capture_output=True)
        self.run(self.command(defaults=False))
        wait_until(self.responds, START_TIMEOUT)
        self.do(EACH)
        self.stop()

    def begin(self) -> None:
        """Start, and begin a group of this node alone."""
        self.join("--group-replication-bootstrap-group=ON")
        self.rows("SET GLOBAL group_replication_bootstrap_group = OFF")

    def do(self, begin: str) -> None:
        """Run the statements that the configuration has after this comment."""
        with self.administrator() as cursor:
            for statement in statements(self.config.read_text("utf-8"), begin):
                cursor.execute(statement)

    def responds(self) -> bool:
        """Return whether the administrator can connect."""
        try:
            self.rows("SELECT 1")
        except (pymysql.Error, OSError):
            return False
        return True

    @property
    def member(self) -> tuple[Any, ...]:
        """Its state, its role, and how many nodes it sees; nothing if it does not respond."""
        try:
            return (*self.rows(MEMBER), ("OFFLINE", "", 0))[0]
        except (pymysql.Error, OSError):
            return ("", "", 0)

    def applied(self) -> int:
        """Return how many transactions it has; it need not be in a group."""
        ((text,),) = self.rows("SELECT @@global.gtid_executed")
        ranges = [[int(number) for number in each.split("-")] for each in re.findall(r"(?<=:)\d+(?:-\d+)?", text)]
        return sum(each[-1] - each[0] + 1 for each in ranges)


@dataclass
class Group:
    """The nodes; one of them is the primary."""

    nodes: list[Node]

    @property
    def url(self) -> str:
        """All hosts."""
        hosts = "&".join(f"host=127.0.0.1:{node.port}" for node in self.nodes)
        return f"mysql://{PACKAGE}:secret@/{PACKAGE}?{hosts}"

    @property
    def one_host(self) -> str:
        """The primary of the beginning."""
        return self.primary.url

    @property
    def primary(self) -> Node:
        """The primary of now, as soon as there is one."""
        wait_until(lambda: any(node.member[1] == "PRIMARY" for node in self.nodes), START_TIMEOUT)
        return next(node for node in self.nodes if node.member[1] == "PRIMARY")

    def survivor(self) -> str:
        """Return the URL of the primary, once all are back."""
        for node in self.nodes:
            node.join()
        wait_until(lambda: all(node.member[2] == len(self.nodes) for node in self.nodes), START_TIMEOUT)
        return self.one_host

    def begin_again(self) -> None:
        """Begin a group of members that are all down, with one than which no other has more."""
        for node in self.nodes:
            node.run(node.command("--group-replication-start-on-boot=OFF"))
            wait_until(node.responds, START_TIMEOUT)
        first = max(self.nodes, key=Node.applied)
        for node in self.nodes:
            node.stop()
        first.begin()
        for node in self.nodes:
            node.join()

    def kill_connections(self) -> None:
        """Break all connections of the application to the primary."""
        with self.primary.administrator() as cursor:
            cursor.execute("SELECT id FROM performance_schema.processlist WHERE user = %s", (PACKAGE,))
            for (number,) in cursor.fetchall():
                with suppress(pymysql.Error):  # it has left
                    cursor.execute(f"KILL {number}")

    def agree(self) -> None:
        """Raise RuntimeError if not all nodes have the same rows; nobody may write meanwhile."""
        self.survivor()
        primary = self.primary
        ((everything,),) = primary.rows("SELECT @@global.gtid_executed")
        for node in self.nodes:
            node.rows(f"SELECT WAIT_FOR_EXECUTED_GTID_SET('{everything}', {START_TIMEOUT})")
        see_that_they_agree(self.nodes, PACKAGE)

    def empty(self) -> None:
        """Begin with an empty database again, on all nodes."""
        self.survivor()
        self.primary.rows(f"DROP DATABASE {PACKAGE}")
        self.primary.rows(f"CREATE DATABASE {PACKAGE} CHARACTER SET utf8mb4")


@contextmanager
def group(folder: Path) -> Iterator[Group]:
    """Start three nodes, as projects ship it."""
    with ExitStack() as stack:
        config = folder / "group.cnf"
        config.write_text(shipped("group-replication@mysql.cnf"), encoding="utf-8")
        doors = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="group")))
        ports = [servers.free_port() for _ in range(3)]
        seeds = ",".join(f"127.0.0.1:{port}" for port in ports)
        nodes = [
            Node(f"node{number}", folder, doors / str(number), port, config, seeds)
            for number, port in enumerate(ports, start=1)
        ]
        for node in nodes:
            stack.callback(node.end)
        nodes[0].install()
        for node in nodes[1:]:
            # cheaper than to make the same once more
            shutil.copytree(nodes[0].data, node.data)
            (node.data / "auto.cnf").unlink()  # its identity
        nodes[0].begin()
        nodes[0].do(APPLICATION)
        for node in nodes[1:]:
            node.join()
        yield Group(nodes)
