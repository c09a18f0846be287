"""From a new project to green tests: make the environment, migrate, run the tests, as the README says.

The least by hand is an engine, two models, a migration, and as many tests as the project has. Each of them writes and
reads two rows in a session that is rolled back. Both use the same driver and the same running server. Packages come
from the cache of uv, without a network.
"""
# mypy: disable-error-code="import-not-found"

import re
import resource
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from minimum import write_minimum
from side_by_side import compare, pick
from sqlalchemy import make_url

from tests import inside
from tests.clients import execute
from tests.projects import UV, printed, run

HERE = Path.cwd()
URL = make_url(sys.argv[1])
PROJECT = HERE / "my-project"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}


def database(name: str) -> str:
    """Make an empty database beside the one of this run; return its URL."""
    if URL.drivername == "sqlite":
        for left in HERE.glob(f"{name}.db*"):
            left.unlink()
        return f"sqlite:///{HERE / name}.db"
    characters = "" if URL.drivername == "postgresql" else " CHARACTER SET utf8mb4"
    execute(sys.argv[1], f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}{characters}")
    return URL.set(database=name).render_as_string(hide_password=False)


def timed(folder: Path, *command: str, **environment: str) -> tuple[float, str]:
    """Run a command, and return how many seconds it took and what it printed."""
    environment["PYTHONDONTWRITEBYTECODE"] = ""  # modules are compiled once, as they are for people
    start = perf_counter()
    done = run(folder, *command, **environment)
    return perf_counter() - start, printed(done)


def to_green(project: Path, migrate: str, offline: str = "1") -> dict[str, float]:
    """Go from a new copy of a project to green tests."""
    folder = HERE / "new" / project.name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project, folder)
    urls = {"DATABASE_URL": database("green"), "TEST_DATABASE_URL": database("green_test")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment, _ = timed(folder, UV, "sync", UV_OFFLINE=offline)
    migrating, _ = timed(folder, UV, "run", *migrate.split(), UV_OFFLINE=offline, **urls)
    testing, report = timed(folder, UV, "run", "pytest", "-q", UV_OFFLINE=offline, **urls)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    packages = len(list(folder.glob(".venv/lib/python*/site-packages/*.dist-info")))
    installed = sum(path.stat().st_size for path in folder.glob(".venv/**/*") if path.is_file())
    return {
        "seconds": environment + migrating + testing,
        "environment s": environment,
        "migrating s": migrating,
        "testing s": testing,
        "processor s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "tests": tests_of(report),
        "packages": packages,
        "MiB installed": installed / 2**20,
    }


def tests_of(report: str) -> int:
    """Return how many tests pytest ran."""
    found = re.search(r"^(\d+) passed", report, re.MULTILINE)
    if not found:
        sys.exit(f"no tests passed:\n{report}")
    return int(found[1])


io = "async" if inside.is_async(PROJECT) else "sync"
ours: Callable[[], dict[str, float]] = partial(to_green, PROJECT, "my-project-db upgrade head")
# the first run fills the cache, and says how many tests there are
tests = int(ours(offline="0")["tests"])  # type: ignore[call-arg]
minimum = write_minimum(HERE / "minimum", URL.get_backend_name(), io, tests)
floor = partial(to_green, minimum, "alembic upgrade head")
floor(offline="0")

compare(
    "from a new folder to green tests",
    {"the least by hand": floor, "this project": ours},
    group=f"{io}, {NAMES[URL.drivername]}",
    rounds=pick(1, 2, 5),
    bounds={"this project": (None, 1.3)},
)
