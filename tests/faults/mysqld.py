"""One server of MariaDB or MySQL: its process, its log, and a door that no fault of the network closes."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql

from . import processes

START_TIMEOUT = 60  # seconds


@dataclass
class Mysqld:
    """One server in a folder."""

    name: str
    folder: Path
    # The socket, in a folder of a short name: its path may have about 100 characters.
    door: Path
    # Servers that ran once are here too.
    started: list[subprocess.Popen[bytes]] = field(default_factory=list, kw_only=True)

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.folder / self.name

    @property
    def log(self) -> Path:
        """Return the path of the server's log."""
        return self.folder / f"{self.name}.log"

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return bool(self.started) and self.started[-1].poll() is None

    def run(self, command: Sequence[str]) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self.started.append(subprocess.Popen(command, stdout=log, stderr=log))

    @contextmanager
    def administrator(self) -> Iterator[pymysql.cursors.Cursor]:
        """Connect over the socket, so that no fault of the network is in the way."""
        # PyMySQL leaves a socket open if nobody responds.
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(self.door))
            connection = pymysql.connect(user="root", autocommit=True, read_timeout=10, defer_connect=True)
            connection.connect(door)
            with connection, connection.cursor() as cursor:
                yield cursor

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query of the administrator finds."""
        with self.administrator() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def kill(self) -> None:
        """Kill -9 the server."""
        processes.kill(self.started[-1].pid)
        self.started[-1].wait()

    def end(self) -> None:
        """Kill whatever runs, if anything does."""
        if self.runs:
            self.kill()

    def stop(self) -> None:
        """Shut down in order."""
        self.started[-1].terminate()
        self.started[-1].wait(START_TIMEOUT)

    def freeze(self, number: signal.Signals = signal.SIGSTOP) -> None:
        """Stop the process where it is; with SIGCONT it goes on."""
        self.started[-1].send_signal(number)

    @contextmanager
    def late(self) -> Iterator[None]:
        """Show what others wrote up to 50 ms later than otherwise."""
        is_over = threading.Event()

        def hinder() -> None:
            with self.administrator() as cursor:
                while not is_over.wait(0.02):
                    cursor.execute("FLUSH TABLES WITH READ LOCK")
                    time.sleep(0.05)
                    cursor.execute("UNLOCK TABLES")

        thread = threading.Thread(target=hinder)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def checksums(self, database: str) -> list[tuple[Any, ...]]:
        """Return a checksum for each table of a database."""
        tables = [f"{database}.{name}" for (name,) in self.rows(f"SHOW TABLES FROM {database}")]
        return self.rows(f"CHECKSUM TABLE {', '.join(tables)}") if tables else []


def see_that_they_agree(nodes: Sequence[Mysqld], database: str) -> None:
    """Raise RuntimeError if not all nodes have the same rows; they must have all that was written."""
    contents = [node.checksums(database) for node in nodes]
    if any(content != contents[0] for content in contents):
        raise RuntimeError(f"the nodes differ: {contents}")
