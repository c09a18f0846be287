"""Run benchmarks, each in a generated project, on each database that is here: `python -m benchmarks [NAME…]`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import servers
from tests.clients import execute
from tests.inside import python
from tests.projects import new_project

PROGRAMS = Path(__file__).with_name("programs")
# Each benchmark, and the databases that it compares something on.
BENCHMARKS = {
    "keys": ["sqlite", "postgresql", "mysql"],
    "loading": ["sqlite", "postgresql", "mysql"],
    "races": ["sqlite"],
    "drivers": ["postgresql"],
}
# The answers for its project, other than the database.
ANSWERS = {"drivers": {"io": "async", "topology": "cluster"}}


@contextmanager
def running(folder: Path, database: str) -> Iterator[str]:
    """Yield the URL of an empty database; UnavailableError where its server is not installed."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'benchmark.db'}"
    elif database == "postgresql":
        with servers.postgresql(folder, servers.wheel_binaries()) as url:
            yield url
    else:
        with servers.mariadb(folder) as url:
            execute(url, "CREATE DATABASE benchmark")
            yield url.replace("/mysql", "/benchmark")


def run(benchmark: str, database: str) -> None:
    """Run one benchmark on one database, and print what it prints."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        answers = {"database": database, "primary_key": "uuid"} | ANSWERS.get(benchmark, {})
        project = new_project(folder, **answers)
        try:
            with running(folder, database) as url:
                done = python(project, PROGRAMS / f"{benchmark}.py", url)
                print(f"\n{database}: {done.stdout.strip()}{done.stderr}")
        except servers.UnavailableError as reason:
            print(f"\n{database}: {reason}")


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(chosen) - set(BENCHMARKS):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for benchmark in chosen:
        for database in BENCHMARKS[benchmark]:
            run(benchmark, database)
