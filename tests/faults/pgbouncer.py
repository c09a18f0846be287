"""PgBouncer in transaction mode in front of PostgreSQL, configured by the file that projects ship."""

import configparser
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from .. import servers
from . import failures, processes
from .node import DATABASE, wait_until
from .replicas import QUORUM, Replicas, replicas
from .shipped import shipped

POOL_SIZE = 3


@dataclass
class Pooled:
    """The pooler, and the servers behind it."""

    behind: Replicas
    folder: Path
    port: int
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The pooler."""
        return f"postgresql://tester@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def one_host(self) -> str:
        """The pooler too."""
        return self.url

    def survivor(self) -> str:
        """Return the URL of the server behind."""
        return self.behind.survivor()

    def start(self) -> None:
        """Start the pooler."""
        command = servers.unprivileged([pgbouncer_binary(), self.folder / "pgbouncer.ini"])
        with (self.folder / "pgbouncer.log").open("ab") as log:
            self.started.append(subprocess.Popen(command, stdout=log, stderr=log))
        wait_until(self.answers)

    def answers(self) -> bool:
        """Return whether it takes statements."""
        try:
            psycopg.connect(self.url, connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Kill -9 the pooler."""
        for pooler in self.started:
            processes.kill(pooler.pid)
            pooler.wait()


def pgbouncer_binary() -> str:
    """Return the program."""
    found = servers.program("pgbouncer")
    if found is None:
        raise servers.UnavailableError("no PgBouncer: apt-get install pgbouncer")
    return found


def leave_alone(_: Pooled) -> None:
    """Let the workers share the connections, and nothing else."""


def kill_pooler(cluster: Pooled) -> None:
    """Kill -9 the pooler, and start it again a second later."""
    cluster.kill()
    time.sleep(1)
    cluster.start()


def crash_behind(cluster: Pooled) -> None:
    """Kill -9 the server behind the pooler, and start it again a second later."""
    failures.crash_and_restart(cluster.behind)


@contextmanager
def pgbouncer(folder: Path) -> Iterator[Pooled]:
    """Start the servers and the pooler."""
    pgbouncer_binary()
    configuration = configparser.ConfigParser(interpolation=None)
    configuration.read_string(shipped("pgbouncer@postgresql.ini"))
    with ExitStack() as stack:
        behind = stack.enter_context(replicas(folder, QUORUM))
        pooled = Pooled(behind, folder, servers.free_port())
        primary = behind.primary
        configuration["databases"] = {
            DATABASE: f"host={primary.host} port={primary.port} dbname={DATABASE} user=tester",
        }
        own = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(pooled.port),
            "unix_socket_dir": "",
            "auth_type": "any",
            "default_pool_size": str(POOL_SIZE),
        }
        configuration["pgbouncer"].update(own)
        with (folder / "pgbouncer.ini").open("w", encoding="utf-8") as file:
            configuration.write(file)
        stack.callback(pooled.kill)
        pooled.start()
        yield pooled
