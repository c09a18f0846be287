"""One server of PostgreSQL, from the wheel; no fsync, because processes are killed here, and no power is cut."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from .. import servers
from ..clients import rows
from . import processes

DATABASE = "app"
START_TIMEOUT = 30  # seconds


def wait_until(question: Callable[[], object], seconds: float = START_TIMEOUT) -> None:
    """Wait until the result is true; raise TimeoutError if it remains false."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.05)


@dataclass
class Node:
    """One server: its folder, the address for clients, and the folder of the socket for the test."""

    name: str
    folder: Path
    host: str
    port: int
    sockets: Path
    # Words before commands that run in this node's network.
    prefix: Sequence[str] = ()
    # Servers that ran once are here too.
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The host and the port, as in a URL of several hosts."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL for the test: over the socket, so that no fault of the network is in its way."""
        return f"postgresql://tester@/{DATABASE}?host={self.sockets}&port={self.port}"

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.folder / self.name

    @property
    def pid(self) -> int:
        """The process that started all others."""
        return self.started[-1].pid

    def run(self, program: str, *arguments: object) -> None:
        """Run a program of PostgreSQL on this node to its end."""
        command = servers.unprivileged([servers.wheel_binaries() / program, *arguments])
        subprocess.run([*self.prefix, *command], check=True, capture_output=True)

    def configure(self, **settings: str) -> None:
        """Add settings to the file; the last one of a name counts."""
        own = {"cluster_name": self.name, "port": str(self.port), "listen_addresses": self.host}
        own["dynamic_shared_memory_type"] = "mmap"  # in the folder of the data: a killed server leaves it behind
        lines = [f"{name} = '{value}'\n" for name, value in (settings | own).items()]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines([*lines, f"unix_socket_directories = '{self.sockets}'\n"])

    def start(self) -> None:
        """Start the server, and wait until it responds."""
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if not self.started or self.started[-1].poll() is not None:
                # Also again: right after kill -9 the shared memory may belong to dying processes for a moment.
                self.launch()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    @property
    def log(self) -> Path:
        """Return the path of the server's log."""
        return self.folder / f"{self.name}.log"

    def launch(self) -> None:
        """Start the process of the server."""
        command = servers.unprivileged([servers.wheel_binaries() / "postgres", "-D", self.data])
        with self.log.open("ab") as log:
            self.started.append(subprocess.Popen([*self.prefix, *command], stdout=log, stderr=log))

    def answers(self) -> bool:
        """Return whether it takes statements."""
        try:
            psycopg.connect(self.url.replace(f"/{DATABASE}?", "/postgres?"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Shut down in order, without waiting for clients to leave, as a restart for an update does."""
        self.started[-1].send_signal(signal.SIGINT)
        self.started[-1].wait(START_TIMEOUT)

    def kill(self) -> None:
        """Kill -9 all processes of the server."""
        processes.kill(self.pid)
        self.started[-1].wait()

    def end(self) -> None:
        """Leave nothing of the server."""
        for server in self.started:
            processes.kill(server.pid)
            server.wait()

    def freeze(self, kind: str, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop the processes of this kind, such as "walsender"; with SIGCONT they go on."""
        processes.send((pid for pid in processes.tree(self.pid) if f" {kind} " in processes.title(pid)), number)

    def value(self, query: str) -> Any:
        """Return the one value of a query."""
        return rows(self.url, query)[0][0]
