"""Measure, and show what was measured: `python -m benchmarks [NAME…]`."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import servers
from tests.answers import ROOT
from tests.clients import execute
from tests.projects import environment_with, new_project

from .charts import charts
from .figures import DATA, Record, as_json, load
from .machine import machine
from .plans import FIRST_ONLY, PLANS, Run
from .report import as_text, pages

PROGRAMS = Path(__file__).with_name("programs")


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
            execute(url, "CREATE DATABASE benchmark CHARACTER SET utf8mb4")
            yield url.replace("/mysql", "/benchmark")


def records_of(benchmark: str, run: Run, size: str) -> Iterator[dict[str, object]]:
    """Run one program, and yield its comparisons. Where it fails, so does the whole command."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # what a program may import: the project generated for it, the template's tests, the project's own tests
        project = new_project(folder, **run.answers)
        paths = [str(project / "src"), str(ROOT), str(project / "tests")]
        with running(folder, run.answers["database"]) as url:
            program = subprocess.Popen(
                [sys.executable, PROGRAMS / f"{run.program}.py", url, size],
                cwd=folder,
                env=environment_with(PYTHONPATH=os.pathsep.join(paths), PYTHONDONTWRITEBYTECODE="1"),
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            with program:
                assert program.stdout is not None
                for line in program.stdout:
                    yield {"benchmark": benchmark, **run.answers, **json.loads(line)}
    if program.returncode:
        sys.exit(f"{run.program}.py failed with {program.returncode}")


def measure(names: Iterable[str], size: str) -> Iterator[dict[str, object]]:
    """Run benchmarks, one after the other, and yield their comparisons; say which ones have no server here."""
    shortened = set() if size == "full" else FIRST_ONLY
    runs = [(name, run) for name in names for run in (PLANS[name][:1] if name in shortened else PLANS[name])]
    start = time.monotonic()
    for number, (name, run) in enumerate(runs, 1):
        minutes, seconds = divmod(int(time.monotonic() - start), 60)
        given = ", ".join(run.answers.values())
        print(f"{minutes:2}:{seconds:02}  {number} of {len(runs)}: {name} ({given})", file=sys.stderr, flush=True)
        try:
            yield from records_of(name, run, size)
        except servers.UnavailableError as reason:
            if size == "full" or os.environ.get("REQUIRE_SERVERS"):
                raise
            print(f"NOT MEASURED: {reason}", file=sys.stderr)


def write(found: Record) -> None:
    """Write the pages, the charts and the tables of README.md, and remove the charts and the pages that are no more."""
    texts = {**pages(found), **charts(found)}
    folder = ROOT / "docs" / "benchmarks"
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if f"docs/benchmarks/{file.name}" not in texts:
            file.unlink()
    for path, text in texts.items():
        (ROOT / path).write_text(text, encoding="utf-8")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PLANS))
    for option, text in {
        "--trial": "see that everything works; the figures mean nothing",
        "--full": "within an hour, and write docs/benchmarks.md and what belongs to it",
        "--report": "write them anew, without measuring",
    }.items():
        parser.add_argument(option, dest="size", action="store_const", const=option[2:], default="short", help=text)
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(PLANS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(PLANS)}")

    names = chosen.names or list(PLANS)
    old = load()
    if chosen.size == "report":
        write(old)
        return
    if chosen.size != "full":
        print(as_text(list(measure(names, chosen.size))))
        return
    run = {"date": datetime.now(UTC).date().isoformat(), **machine()}  # first: it fails where a server is missing
    records = list(measure(names, chosen.size))
    # what was not asked for stays as it was measured
    kept = [name for name in PLANS if name in old["runs"] and name not in names]
    records += [record for record in old["records"] if record["benchmark"] in kept]
    records.sort(key=lambda record: list(PLANS).index(str(record["benchmark"])))
    runs = {name: run if name in names else old["runs"][name] for name in PLANS if name in {*names, *kept}}
    DATA.write_text(as_json({"runs": runs, "records": records}), encoding="utf-8")
    write(load())


if __name__ == "__main__":
    main()
