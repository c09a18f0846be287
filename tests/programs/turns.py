"""Count how often a client waits for its database: responses of a server, or statements of SQLite."""

import socket
import socketserver
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from sqlalchemy import URL


class Turns(socketserver.ThreadingTCPServer):
    """A way to a server that counts how often a client speaks and then waits for a response: round trips."""

    daemon_threads = True
    name = "round trips"

    def __init__(self, url: URL) -> None:
        super().__init__(("127.0.0.1", 0), Client)
        self.server, self.count = (url.host, url.port), 0

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that went away."""


class Client(socketserver.BaseRequestHandler):
    """One connection; both sides speak in turns."""

    server: Turns
    waits = False

    def handle(self) -> None:
        """Hand on what the client says, and count."""
        with socket.create_connection(self.server.server) as answers:
            for side in (answers, self.request):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Thread(target=self.hand_back, args=[answers], daemon=True).start()
            while data := self.request.recv(65536):
                self.server.count += not self.waits  # what comes in parts is still one question
                self.waits = True
                answers.sendall(data)

    def hand_back(self, answers: socket.socket) -> None:
        """Hand on what the server says."""
        while data := answers.recv(65536):
            self.waits = False
            self.request.sendall(data)
        with suppress(OSError):  # the client went first
            self.request.shutdown(socket.SHUT_WR)


class Statements:
    """How many statements SQLite ran, BEGIN, COMMIT and PRAGMA among them."""

    name = "statements"

    def __init__(self) -> None:
        self.count = 0

    def add(self, _statement: str) -> None:
        """Count one."""
        self.count += 1


@contextmanager
def counted(url: URL) -> Iterator[tuple[URL, Turns | Statements]]:
    """Yield a URL of the same database, and what counts the turns of everybody who connects to it meanwhile."""
    if url.get_backend_name() != "sqlite":
        with Turns(url) as turns:
            Thread(target=turns.serve_forever, daemon=True).start()
            yield url.set(host="127.0.0.1", port=turns.server_address[1]), turns
            turns.shutdown()
        return
    statements, connect = Statements(), sqlite3.connect

    def connect_and_count(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(statements.add)
        return connection

    # of both names: aiosqlite uses the one, and SQLAlchemy the other
    sqlite3.connect = sqlite3.dbapi2.connect = connect_and_count  # type: ignore[assignment]
    try:
        yield url, statements
    finally:
        sqlite3.connect = sqlite3.dbapi2.connect = connect
