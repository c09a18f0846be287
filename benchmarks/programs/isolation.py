"""Ways to keep tests apart, and their cost: the same tests, with other fixtures.

Each of 300 tests (fewer in the short form) inserts a company with two employees in a unit of work, and reads them.
The time is that of one test among many, without the first ten: the median from the end of one to the end of the next.
In two processes (`pytest -n 2`), each with a database of its own, it is the mean time until one more test is done. The
start of pytest, of the server and of the schema is in the table of one test, and in "whole run s".

Other tests try which guarantees each way keeps:

- "wrong" counts those that fail: a test sees rows of another, committed rows are gone, or a failed unit of work undoes
  more than itself.
- "keys begin with 1" says whether each test has the same keys.
- "seen by another connection" says whether a commit is real. With an outer transaction it is not, so tests of
  concurrency use the fixture `racing_sessions`, which empties tables.

The servers do not wait for the disk, which favours the ways that write the most.
"""
# mypy: disable-error-code="import-not-found"

import json
import re
import shutil
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter

from side_by_side import SIZE, Measures, compare, pick
from sqlalchemy import make_url

from tests import inside
from tests.projects import PACKAGE, SLUG, printed, run

URL = make_url(sys.argv[1])
DATABASE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(URL.get_backend_name(), "MariaDB")
TESTS = pick(3, 40, 300)
FIXTURES = Path(__file__).with_name("isolating")
GIVEN = (
    {} if DATABASE == "SQLite" else {"TEST_DATABASE_URL": URL.set(database="benchmark_test").render_as_string(False)}
)
NO_OTHER = ""
UNGUARDED = "outer transaction, no savepoints"
WAYS = {
    "SQLite": {
        "this project": NO_OTHER,
        UNGUARDED: "outer_transaction",
        "DELETE": "delete",
        "create_all, drop_all": "create_all",
        "create_all in memory": "memory_create_all_sqlite",
        "copy of a file": "template_sqlite",
        "copy in memory": "memory_sqlite",
    },
    "PostgreSQL": {
        "this project": NO_OTHER,
        UNGUARDED: "outer_transaction",
        "DELETE": "delete",
        "TRUNCATE": "truncate_postgresql",
        "create_all, drop_all": "create_all",
        "template database": "template_postgresql",
    },
    "MariaDB": {
        "this project": NO_OTHER,
        UNGUARDED: "outer_transaction",
        "DELETE": "delete",
        "TRUNCATE": "truncate_mysql",
        "create_all, drop_all": "create_all",
    },
}[DATABASE]


def with_fixtures(name: str) -> Path:
    """Return a copy of the project whose tests are ours, and run with other fixtures."""
    project = inside.copy(Path.cwd() / SLUG, Path.cwd() / f"with-{name}")
    for file in (project / "tests").glob("test_*.py"):
        file.unlink()
    shutil.copy(FIXTURES / "timing.py", project / "tests")
    ours = project / "tests" / "ours"
    ours.mkdir()
    (ours / "__init__.py").touch()
    for file in FIXTURES.glob("test_*.py"):
        shutil.copy(file, ours)
    if name:
        shutil.copy(FIXTURES / f"{name}.py", ours / "conftest.py")
    return project


def grow(project: Path) -> None:
    """Give the project 40 tables more."""
    source = project / "src" / PACKAGE
    shutil.copy(FIXTURES / "more_models.py", source / "models")
    with (source / "models" / "__init__.py").open("a", encoding="utf-8") as models:
        models.write("from . import more_models\n")
    shutil.copy(FIXTURES / "more_migration.py", source / "migrations" / "versions")


def pytest(project: Path, tests: int, *arguments: str, **environment: str) -> tuple[float, str]:
    """Run tests as a developer does; return how many seconds that took, and what was printed."""
    # what is installed here and not in the project
    others = [word for plugin in ("asyncio", "hypothesispytest", "schemathesis") for word in ("-p", f"no:{plugin}")]
    words = ["-m", "pytest", "-rA", "--tb=short", *others, "-p", "tests.timing", *arguments]
    start = perf_counter()
    if SIZE == "trial":  # it measures nothing, and needs no new interpreter for each way
        done = inside.python(project, *words, TESTS=str(tests), **environment)
    else:
        done = run(project, sys.executable, *words, PYTHONPATH="src", TESTS=str(tests), **environment)
    took = perf_counter() - start
    # what fails may be the canaries of some ways
    if re.search(r"^(FAILED|ERROR) (?!\S+test_canaries)", done.stdout, re.MULTILINE) or "PASSED" not in done.stdout:
        printed(done, returns=0)
    return took, done.stdout


def kept(output: str) -> Measures:
    """Return what the canaries found."""
    bad = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", output, re.MULTILINE)
    return {
        "wrong": sum(name.startswith("test_wrong") for name in bad),
        "keys begin with 1": int("test_keys_begin_with_1" not in bad),
        "seen by another connection": int("test_seen_by_another_connection" not in bad),
    }


def each(project: Path, tests: int, processes: int) -> Measures:
    """Return how long one test takes among many."""
    # the canaries last: they may spoil a way that they find wrong
    shared = ["-n", str(processes)] if processes > 1 else ["tests/ours/test_canaries.py"]
    took, output = pytest(project, tests, "tests/ours/test_units.py", *shared, **GIVEN)
    ended = json.loads((project / "ended.json").read_text(encoding="utf-8"))
    counted = ended[min(10, tests // 3) :]  # statements are compiled in the first ones
    gaps = [end - begin for begin, end in pairwise(counted)]
    # the median of one process is steadier than the mean, and processes overlap
    each = {"seconds": median(gaps) if processes == 1 else sum(gaps) / len(gaps), "whole run s": took}
    return each | kept(output) if processes == 1 else each


def compare_all(title: str, tests: int, processes: int) -> None:
    """Compare all ways."""
    compare(
        title,
        {way: partial(each, project, tests, processes) for way, project in projects.items()},
        group=DATABASE,
        rounds=pick(1, 1, 2),
        warm=False,
        bounds={way: (1, None) for way in list(WAYS)[1:] if way != UNGUARDED},
    )


def start(way: str, test: str, environment: dict[str, str]) -> Measures:
    """Return how long a run of one test takes."""
    return {"seconds": pytest(projects[way], 1, f"tests/ours/{test}.py", **environment)[0]}


projects = {way: with_fixtures(name) for way, name in WAYS.items()}
compare_all(f"{TESTS} tests", TESTS, 1)
if SIZE == "full":
    compare_all(f"{TESTS} tests, two processes", TESTS, 2)
    ways = {
        "this project": partial(start, "this project", "test_units", GIVEN),
        "this project, starting the server": partial(start, "this project", "test_units", {}),
        "create_all, no migrations": partial(start, "create_all, drop_all", "test_units", GIVEN),
        "a test without a database": partial(start, "this project", "test_nothing", GIVEN),
    }
    if DATABASE == "SQLite":
        del ways["this project, starting the server"]
    compare("one test", ways, group=f"starting, {DATABASE}", rounds=5)
    for project in projects.values():
        grow(project)
    compare_all(f"{TESTS // 10} tests, 40 tables more", TESTS // 10, 1)
