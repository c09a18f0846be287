"""Run SQLAlchemy's own tests on the engines of a project, and compare what fails with a list.

    uv run python -m tests.upstream [--plain] [sqlite|sqlite-async|postgresql|mysql] [test/…]

It returns 1 if a test fails that tests/data/upstream_failures.toml does not list, or a listed one passes.
With --plain the tests get SQLAlchemy's own engines, and the failures are printed. Paths of tests choose among them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pymysql
from sqlalchemy import make_url

from .answers import ROOT
from .conftest import SERVERS
from .inside import PROGRAMS
from .projects import UV, environment_with, new_project, run
from .servers import UnavailableError

LISTED = ROOT / "tests" / "data" / "upstream_failures.toml"
# Source distributions, which git ignores; copies of this repository leave out what ends like this.
KEPT = ROOT / ".upstream_cache"
# The tests, their settings, and the plugins of pytest that they ask for.
PARTS = (["test"], ["setup.cfg"], ["pyproject.toml"])

# About engines, pools, sessions and everything that a dialect does; and what failed most when engines were patched.
CORE = (
    "test/dialect/test_suite.py",
    "test/engine/test_execute.py",
    "test/engine/test_pool.py",
    "test/engine/test_transaction.py",
    "test/orm/test_session.py",
    "test/orm/test_transaction.py",
)
# Tests that wait for the garbage collector or reflect tables take half of the time.
QUICK = ("-m", "not gc_intensive", "-k", "not Reflection")
# On servers SQLAlchemy itself runs only the tests that its authors marked as sensitive to the database.
MARKED = ("--backend-only",)


@dataclass(frozen=True)
class Run:
    """Tests, by paths and arguments of pytest, and the options of the project with the engines."""

    whole: tuple[str, ...]
    short: tuple[str, ...]
    database: str
    io: str = "sync"


RUNS = {
    "sqlite": Run(
        ("test/orm", "test/engine", "test/dialect/test_suite.py", "test/dialect/sqlite"),
        (
            *CORE,
            "test/dialect/sqlite/test_dialect.py",
            "test/engine/test_logging.py",
            "test/engine/test_reconnect.py",
            "test/orm/test_merge.py",
            "test/orm/test_naturalpks.py",
            *QUICK,
        ),
        "sqlite",
    ),
    "sqlite-async": Run(
        ("test/ext/asyncio", "test/engine", "test/dialect/test_suite.py", "test/dialect/sqlite"),
        ("test/ext/asyncio", *QUICK),
        "sqlite",
        "async",
    ),
    "postgresql": Run(
        ("test/orm", "test/engine", "test/dialect/test_suite.py", "test/dialect/postgresql", *MARKED),
        (*CORE, "test/dialect/postgresql/test_dialect.py", *MARKED, *QUICK),
        "postgresql",
    ),
    "mysql": Run(
        ("test/orm", "test/engine", "test/dialect/test_suite.py", "test/dialect/mysql", *MARKED),
        (*CORE, "test/dialect/mysql/test_dialect.py", *MARKED, *QUICK),
        "mysql",
    ),
}
# A file, because several connections at once are what differs. A test that waits for itself waits for 0.3 seconds.
SQLITE = "sqlite:///upstream.db?timeout=0.3"
PLAIN_DRIVERS = {
    "sync": {"sqlite": "pysqlite", "postgresql": "psycopg", "mariadb": "pymysql"},
    "async": {"sqlite": "aiosqlite"},
}


@dataclass(frozen=True)
class Outcome:
    """How a test ended, and the last line of its error."""

    result: str
    error: str


def source() -> Path:
    """Return the folder with the tests of the installed SQLAlchemy, which is downloaded once.

    Its wheels do not have them. Raises UnavailableError where it cannot be downloaded.
    """
    name = f"sqlalchemy-{version('sqlalchemy')}"
    if not (KEPT / name).exists():
        KEPT.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=KEPT) as folder:
            options = ["--quiet", "--no-deps", "--no-binary", "sqlalchemy"]
            package = name.replace("-", "==")
            done = run(Path(folder), UV, "tool", "run", "pip", "download", *options, package)
            archive = Path(folder, f"{name}.tar.gz")
            if done.returncode or not archive.exists():
                raise UnavailableError(f"no source distribution of {package}; pip said:\n{done.stderr[-2000:]}")
            with tarfile.open(archive) as content:
                # Python before 3.11.4 has no filters
                # https://docs.python.org/3/library/tarfile.html#supporting-older-python-versions
                safe: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                content.extractall(folder, [one for one in content if one.name.split("/")[1:2] in PARTS], **safe)  # noqa: S202 - it is SQLAlchemy
            if not (KEPT / name).exists():
                Path(folder, name).rename(KEPT / name)
    return KEPT / name


def prepared(database: str, server: str) -> str:
    """Return the URL of a new database for the tests, on a server at this URL, with the schemas that they name.

    https://github.com/sqlalchemy/sqlalchemy/blob/main/README.unittests.rst
    """
    url = make_url(server).set(database="upstream_test")
    if database == "mysql":
        connection = pymysql.connect(
            host=url.host or "", port=url.port or 0, user=url.username, password=url.password or "", autocommit=True
        )
        with connection, connection.cursor() as cursor:
            for name in ("upstream_test", "test_schema", "test_schema_2"):
                cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        url = url.set(query={"charset": "utf8mb4"})
    else:
        with psycopg.connect(server, autocommit=True) as superuser:
            superuser.execute("CREATE DATABASE upstream_test")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as superuser:
            superuser.execute("CREATE SCHEMA test_schema")
            superuser.execute("CREATE SCHEMA test_schema_2")
            # a locale that not every machine has
            superuser.execute("""CREATE COLLATION IF NOT EXISTS "en_US" FROM "C" """)
            superuser.execute("ALTER DATABASE upstream_test SET default_text_search_config = 'pg_catalog.english'")
        url = url.set(password="any")  # noqa: S106 - the tests replace this part of the URL
    return url.render_as_string(hide_password=False)


def outcomes(
    folder: Path, url: str, io: str, project: Path | None, tests: Sequence[str], *, show: bool = False
) -> dict[str, Outcome]:
    """Run tests in an empty folder with a project's engines, or with SQLAlchemy's own; return how each one ended.

    Among the names of tests may be options of pytest.
    """
    shutil.copytree(source() / "test", folder / "test")
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(source() / name, folder)
    installed = find_spec("sqlalchemy")
    assert installed is not None
    assert installed.origin is not None
    # the tests put lib/ at the front of the path, and load their plugin from there
    (folder / "lib").mkdir()
    (folder / "lib" / "sqlalchemy").symlink_to(Path(installed.origin).parent)

    backend = url.partition(":")[0]
    driver = "my_project" if project else PLAIN_DRIVERS[io][backend]
    path = [str(PROGRAMS), *([str(project / "src")] if project else [])]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "upstream_plugin", "-p", "xdist", "-p", "no:cacheprovider"),
            *("-o", "addopts=", "--quiet", "--tb=short", "--notimingintensive", "--nomemory"),
            *("--dburi", url.replace(backend, f"{backend}+{driver}", 1), *tests),
        ],
        cwd=folder,
        env=environment_with(
            OUTCOMES=str(folder / "outcomes.json"),
            PROJECT_ENGINES=io if project else "",
            PYTHONPATH=os.pathsep.join(path),
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        ),
        stdin=subprocess.DEVNULL,
        stdout=None if show else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), f"pytest returned {done.returncode}:\n{done.stdout}"
    found = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    return {test: Outcome(*outcome) for test, outcome in found.items()}


def listed(name: str) -> dict[str, str]:
    """Return the tests that are expected to fail in a run, each with the reason; `*` stands for any characters."""
    groups = tomllib.loads(LISTED.read_text(encoding="utf-8"))["group"]
    return {test: group["reason"] for group in groups if name in group["runs"] for test in group["tests"]}


def contradictions(found: dict[str, Outcome], expected: dict[str, str], *, whole: bool) -> list[str]:
    """Return what is not as the list says, a line each; a part of the tests need not have all that are listed."""
    patterns = {test: re.compile(".*".join(map(re.escape, test.split("*")))) for test in expected}
    ran = {test: outcome for test, outcome in found.items() if outcome.result != "skipped"}
    lines = []
    for test, outcome in sorted(ran.items()):
        is_listed = any(pattern.fullmatch(test) for pattern in patterns.values())
        if outcome.result == "failed" and not is_listed:
            lines.append(f"fails, and is not listed: {test}: {outcome.error}")
        if outcome.result == "passed" and is_listed:
            lines.append(f"passes, and is listed: {test}")
    if whole:
        lines += [
            f"is listed, and did not run: {test}" for test, one in patterns.items() if not any(map(one.fullmatch, ran))
        ]
    return lines


def summary(found: dict[str, Outcome]) -> str:
    """Return how many tests ended in which way."""
    return ", ".join(f"{number:,} {result}" for result, number in Counter(one.result for one in found.values()).items())


@contextmanager
def running(database: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database for the tests, on a server of its own that is started in this folder."""
    if database == "sqlite":
        yield SQLITE
    else:
        with SERVERS[database](folder) as server:
            yield prepared(database, server)


def main(words: Sequence[str]) -> int:
    """Run the tests of these runs, or of all, and return 1 if something is not as listed."""
    plain, chosen = "--plain" in words, [word for word in words if word.startswith("test/")]
    wrong = 0
    for name in [name for name in RUNS if name in words] or RUNS:
        one = RUNS[name]
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            folders = [Path(folder, own) for own in ("project", "server", "tests")]
            for own in folders:
                own.mkdir()
            project = None if plain else new_project(folders[0], database=one.database, io=one.io)
            with running(one.database, folders[1]) as url:
                found = outcomes(folders[2], url, one.io, project, [*(chosen or one.whole), "-n2"], show=True)
        lines = contradictions(found, {} if plain else listed(name), whole=not (plain or chosen))
        print(f"{name}: {summary(found)}", *lines, sep="\n", flush=True)
        wrong += 0 if plain else len(lines)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
