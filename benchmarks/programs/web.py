"""The web application of the project against FastAPI written by hand: CPU of the server for a request, and its time.

Each way is a server of its own: one worker of uvicorn with uvloop and httptools, without a log of requests. The client
is another process. CPU is user and system time of the server's process, threads included, at 8 connections. The ways by
hand have the same routes and the same JSON: SQLAlchemy with its defaults, the driver alone, and no database at all.
"""
# mypy: disable-error-code="import-not-found"

import ctypes
import inspect
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path

from load import Answers, request_of, send
from my_project.db import dialect
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.session import transaction
from my_project.models import Company, Employee
from side_by_side import Measures, compare, pick
from sqlalchemy import create_engine, insert, text

from tests.servers import free_port

url = sys.argv[1]
SERVERS = Path(__file__).parent
IO = "async" if inspect.isasyncgenfunction(inspect.unwrap(transaction)) else "sync"
DATABASE = url.partition(":")[0]
REQUESTS = pick(8, 60, 200)
ROUNDS = pick(1, 3, 5)
SIZE = 50  # of a page
OURS = "this project"


@dataclass(frozen=True)
class Server:
    """A running application."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu(self) -> float:
        """Return the seconds of CPU that the process has used, all threads, user and system."""
        clock = ctypes.c_int()
        # https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
        if error := ctypes.CDLL(None).clock_getcpuclockid(self.process.pid, ctypes.byref(clock)):
            raise OSError(error, os.strerror(error))
        return time.clock_gettime(clock.value)

    def memory(self) -> float:
        """Return the megabytes of memory that the process has now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextmanager
def serving(application: str, **environment: str) -> Iterator[Server]:
    """Start a server, and stop it at the end."""
    port = free_port()
    options = f"--port {port} --loop uvloop --http httptools --no-access-log --log-level critical --backlog 4096"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *application.split(), *options.split()],
        env={**os.environ, **environment, "PYTHONPATH": f"{SERVERS}{os.pathsep}{os.environ['PYTHONPATH']}"},
    )
    try:
        deadline = time.monotonic() + 30
        while send(port, iter([request_of("GET", "/openapi.json")]), 1, 5).statuses != {200: 1}:
            assert process.poll() is None, f"{application} did not start"
            assert time.monotonic() < deadline, f"{application} does not respond"
            time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.kill()  # a server by hand may have hundreds of requests that wait for a connection
        process.wait()


def by_hand(name: str, driver: str | None = None) -> tuple[str, dict[str, str]]:
    """Return an application written by hand, and its environment."""
    return f"by_hand.{name}_{IO}:app", {"BY_HAND_URL": url.replace(":", f"+{driver}:", 1) if driver else url}


APPLICATIONS = {
    OURS: ("--factory my_project.web.app:main", {"DATABASE_URL": url}),
    **{
        f"SQLAlchemy by hand, {driver}": by_hand("orm", driver)
        for driver in {
            ("async", "postgresql"): ["psycopg", "asyncpg"],
            ("sync", "postgresql"): ["psycopg"],
            ("async", "sqlite"): ["aiosqlite"],
            ("sync", "sqlite"): ["pysqlite"],
        }[IO, DATABASE]
    },
    "the driver by hand": by_hand("raw"),
    "no database": by_hand("nothing"),
}
TARGETS = {name: (1, None) for name in APPLICATIONS if name.startswith("SQLAlchemy")}

engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))


def fill() -> None:
    """Empty the tables, and fill them: a page of companies with five employees each, then some without."""
    with engine.begin() as connection:
        if DATABASE == "postgresql":
            connection.execute(text("TRUNCATE companies, employees RESTART IDENTITY"))
        else:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
        companies = [{"id": n, "name": f"Company {n}", "version_id": 1} for n in range(1, SIZE + REQUESTS + 2)]
        connection.execute(insert(Company), companies)
        employees = [
            {"company_id": company, "name": f"Employee {n}", "email": f"e{company}.{n}@example.com", "role": "engineer"}
            for company in range(1, SIZE + 1)
            for n in range(5)
        ]
        connection.execute(insert(Employee.__table__), employees)
        if DATABASE == "postgresql":
            connection.execute(text("SELECT setval(pg_get_serial_sequence('companies', 'id'), 1000000)"))
            connection.execute(text("ANALYZE companies, employees"))


names = count()
Requests = Callable[[], Iterator[bytes]]


def one_company() -> Iterator[bytes]:
    return cycle([request_of("GET", f"/companies/{key}/overview") for key in range(1, SIZE + 1)])


def without_employees() -> range:
    return range(SIZE + 1, SIZE + REQUESTS + 1)


# The requests of each route, and the status of all responses.
ROUTES: dict[str, tuple[int, Requests]] = {
    "one company, its employees": (200, one_company),
    "a page of fifty": (200, lambda: cycle([request_of("GET", f"/companies?limit={SIZE}")])),
    "POST": (201, lambda: (request_of("POST", "/companies", {"name": f"New {next(names)}"}) for _ in count())),
    "PATCH": (
        200,
        lambda: (
            request_of("PATCH", f"/companies/{key}", {"name": f"Changed {next(names)}", "version_id": 1})
            for key in without_employees()
        ),
    ),
    "DELETE": (204, lambda: (request_of("DELETE", f"/companies/{key}", if_match="*") for key in without_employees())),
    "404": (404, lambda: cycle([request_of("GET", "/companies/2000000000/overview")])),
    "422": (422, lambda: cycle([request_of("POST", "/companies", {"name": ""})])),
    "409": (409, lambda: cycle([request_of("POST", "/companies", {"name": "Company 1"})])),
}


def cpu_of(server: Server, route: str) -> Measures:
    """Send the requests of a route, and return the CPU of the server."""
    status, requests = ROUTES[route]
    fill()
    before = server.cpu()
    answers = send(server.port, islice(requests(), REQUESTS), 8)
    used = server.cpu() - before
    assert answers.statuses == {status: REQUESTS}, f"{route}: {answers.statuses}, {answers.broken}, {answers.last!r}"
    return {"seconds": used}


def waited(answers: Answers, share: float) -> float:
    """Return the milliseconds within which this share of the accepted was there; of none, how long they waited."""
    seconds: float = answers.percentile(share, 200) if 200 in answers.seconds else answers.took
    return seconds * 1000


def loaded(server: Server, connections: int) -> Measures:
    """Ask for one company again and again over so many connections."""
    answers = send(server.port, one_company(), connections, pick(0.1, 0.4, 1))
    accepted = len(answers.seconds.get(200, ()))
    return {
        "seconds": answers.took / max(accepted, 1),
        "requests/s": accepted / answers.took,
        "p50 ms": waited(answers, 0.5),
        "p99 ms": waited(answers, 0.99),
        "% refused": 100 * (1 - accepted / max(sum(answers.statuses.values()), 1)),
        "no response": answers.broken.total(),
        "MB": server.memory(),
    }


def overloaded(server: Server) -> Measures:
    """Do so with more connections than any process serves in time, then ask once more."""
    answers = send(server.port, one_company(), pick(100, 1000, 1000), pick(1, 8, 30))
    after = send(server.port, islice(one_company(), 1), 1)
    accepted, refused = (len(answers.seconds.get(status, ())) for status in (200, 503))
    return {
        "seconds": answers.took / max(accepted, 1),
        "requests/s": accepted / answers.took,
        "p50 ms": waited(answers, 0.5),
        "p99 ms": waited(answers, 0.99),
        "refused with Retry-After": refused - answers.without_retry_after,
        "failed": sum(answers.statuses.values()) - accepted - refused + answers.without_retry_after,
        "broken": answers.broken.total(),
        "ms for the next request": 1000 * (after.percentile(1) if after.seconds else after.took),
    }


def main() -> None:
    """Compare."""
    Base.metadata.create_all(engine)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(application, **environment))
            for name, (application, environment) in APPLICATIONS.items()
        }
        for route in ROUTES:
            compare(
                route,
                {name: partial(cpu_of, server, route) for name, server in servers.items()},
                group=f"CPU of the server for a request: {IO}, {DATABASE}",
                per=REQUESTS,
                clock="CPU",
                rounds=ROUNDS,
                bounds=TARGETS,
            )
        fill()
        for connections in pick([1, 8], [1, 8, 64, 256], [1, 8, 64, 256]):
            compare(
                f"{connections} connections" if connections > 1 else "one connection",
                {name: partial(loaded, server, connections) for name, server in servers.items()},
                group=f"one company, its employees: {IO}, {DATABASE}",
                x=connections,
                rounds=pick(1, 1, 3),
                warm=False,
            )
        if DATABASE == "postgresql":
            compare(
                "1,000 connections",
                {name: partial(overloaded, server) for name, server in list(servers.items())[: pick(1, 2, 2)]},
                group=f"more than it can serve: {IO}, {DATABASE}",
                rounds=1,
                warm=False,
            )


if __name__ == "__main__":
    main()
