"""Mutation testing of a project's `db/` and `migrations/` by cosmic-ray, from outside: the project does not need it.

uv run --group mutants python -m tests.mutants FOLDER [NAME…] [--sample N] [--seed N] [--minutes N] [--again]

NAME is one of RUNS, all of them without one. The sessions stay in FOLDER, so the command goes on where it stopped; with
`--minutes` it stops by itself. `--sample` tests so many mutants, chosen at random, and the same ones for the same seed
and the same code. `--again` tests the survivors once more, with the details as they are now. At the end it writes
docs/mutants.md, if no NAME was given, and returns 1 if a mutant survives that tests/data/mutants.toml does not explain.
"""

import ast
import json
import random
import re
import shutil
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from . import servers
from .answers import ROOT
from .clients import execute
from .forks import asking
from .inside import plant, pytest_of
from .interpreter import listening
from .projects import PACKAGE, environment_with, new_project, printed, run
from .test_details import details

PAGE = ROOT / "docs" / "mutants.md"
EXPLAINED = ROOT / "tests" / "data" / "mutants.toml"

HEAD = """\
# Mutation testing

A mutation test changes one operator, constant or keyword of the code and runs the tests: a change that no test \
notices is a survivor.
[cosmic-ray](https://cosmic-ray.readthedocs.io/) {version} does this to `db/` and `migrations/` of generated projects, \
from outside: projects do not depend on it.
Each operator in each place has one mutant, the opposite; annotations have none.

```sh
uv run --group mutants python -m tests.mutants FOLDER
```

wrote this page on {date}. `--sample N` tests N of the mutants, chosen at random.
A run that was stopped has tested fewer, in random order.

The project's own tests run first. The details of `tests/test_details.py`, which no project needs to own, run after \
them.
A survivor of both fails another test of this repository, changes nothing that is promised, or is open. \
`tests/data/mutants.toml` has each of them with its reason.

| project | mutants | tested | killed by its own tests | by details | by other tests here | no difference | open | \
killed here or by its own tests, of those that differ |
|---|---|---|---|---|---|---|---|---|
"""

RUNS = {
    "sync-sqlite": {"io": "sync", "database": "sqlite", "primary_key": "integer"},
    "async-postgresql": {"io": "async", "database": "postgresql", "primary_key": "uuid"},
}
# The project's own tests that touch these folders, cheapest first; then the details of test_details.py.
OWN_TESTS = ["db", "test_conventions.py", "test_migrations.py", "test_settings.py", "test_models.py"]
DETAILS = ("tests/test_migrations_any", "tests/test_models_", "tests/test_engine_", "tests/test_pool_")
# One mutant for each operator and place, the opposite: cosmic-ray itself puts all eleven others in the place of a `|`.
SKIPPED = [
    "core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|Pow_Mul|BitOr_BitAnd|BitAnd_BitOr)",
    "core/ReplaceComparisonOperator_(?!Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|Lt_GtE|LtE_Gt|Gt_LtE|GtE_Lt)",
    "core/ReplaceUnaryOperator_(?!Delete_Not|USub_UAdd)",
]
CONFIG = """\
[cosmic-ray]
module-path = ["src/{package}/db", "src/{package}/migrations"]
excluded-modules = ["src/{package}/migrations/versions/*.py"]
timeout = 60.0
test-command = {command}

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {skipped}
"""


# cosmic-ray's own commands test a mutant once
AGAIN = """
import sys

from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome

session, command = sys.argv[1:]
with use_db(session) as database:
    for item, result in database.completed_work_items:
        if result.test_outcome == TestOutcome.SURVIVED:
            database.set_result(item.job_id, mutate_and_test(item.mutations, command, 60))
"""


class Mutant(NamedTuple):
    """A change of one operator, and the test that failed for it, if one did."""

    path: str
    line: str
    mutated: str
    operator: str
    definition: str
    is_survivor: bool
    killed_by: str


def arguments(project: Path, names: list[str]) -> list[str]:
    """Return the words that run all tests of a mutant, up to the first that fails."""
    # a test that does not end, because its mutant loops, ends its process
    hanging = ["-o", "faulthandler_timeout=20", "-o", "faulthandler_exit_on_timeout=true"]
    tests = [f"tests/{name}" for name in [*OWN_TESTS, *(f"test_{name}" for name in names)]]
    return ["python", "-m", *pytest_of(project), "-x", "-q", "-o", "pythonpath=src", *hanging, *tests]


def planted(name: str) -> list[str]:
    """Return the details that are run after the project's own tests; none of its tour, or of a web application."""
    return [own for own in details(**RUNS[name]) if not own.startswith(("tour", "violations"))]


def prepare(folder: Path, name: str, sample: int | None, seed: int) -> Path:
    """Make the project of a run and cosmic-ray's session of all its mutants, or return the project that is there."""
    home, answers = folder / name, RUNS[name]
    project = home / "my-project"
    if (home / "session").exists():
        return project
    home.mkdir(parents=True)
    new_project(home, **answers)
    names = planted(name)
    command = f"{asking(home / 'socket')} {' '.join(arguments(project, names))}"
    config = CONFIG.format(package=PACKAGE, command=json.dumps(command), skipped=json.dumps(SKIPPED))
    (home / "config.toml").write_text(config, "utf-8")
    printed(cosmic_ray(project, "cosmic-ray", "init", home / "config.toml", home / "new"))
    printed(cosmic_ray(project, "cr-filter-operators", home / "new", home / "config.toml"))
    skip(home / "new", project, sample, seed)
    shutil.copytree(project / "src", home / "src")
    (home / "new").rename(home / "session")
    return project


def skip(session: Path, project: Path, sample: int | None, seed: int) -> None:
    """Leave out the mutants of annotations, which fail at the import and prove nothing, and those of no sample."""
    # https://cosmic-ray.readthedocs.io/en/latest/how-tos/filters.html
    from cosmic_ray.work_db import use_db  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from cosmic_ray.work_item import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        WorkerOutcome,
        WorkResult,
    )

    with use_db(session) as database:
        waiting = {
            (str(own.module_path), own.start_pos, own.operator_name, own.occurrence): item.job_id
            for item in database.pending_work_items
            for own in item.mutations
        }
        sources = {path: annotations((project / path).read_text("utf-8")) for path, *_ in waiting}
        kept = sorted(key for key in waiting if not any(a <= key[1] < b for a, b in sources[key[0]]))
        session.with_name("every").write_text(str(len(kept)), "utf-8")
        chosen = kept if sample is None else random.Random(seed).sample(kept, sample)  # noqa: S311 - no secret
        rest = [waiting[key] for key in waiting.keys() - {*chosen}]
        database.set_multiple_results(rest, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def cosmic_ray(project: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run one of cosmic-ray's programs in a project."""
    program, *others = words
    return run(project, Path(sys.executable).with_name(str(program)), *others)


@contextmanager
def variables(name: str, folder: Path) -> Iterator[dict[str, str]]:
    """Yield the variables that the tests need: where a database server is."""
    own = {"VIRTUAL_ENV": sys.prefix}
    if RUNS[name]["database"] == "sqlite":
        yield own
        return
    with servers.postgresql(folder, servers.wheel_binaries()) as url:
        execute(url, "CREATE DATABASE mutants_test")
        yield {**own, "TEST_DATABASE_URL": f"{url.rpartition('/')[0]}/mutants_test"}


def work(project: Path, name: str, seconds: float | None, *, again: bool) -> None:
    """Test the mutants that have not been tested, or the survivors again, until the time is over."""
    home = project.parent
    for own in planted(name):
        plant(project, own)
    shutil.copytree(home / "src", project / "src", dirs_exist_ok=True)  # where a run was stopped, a mutant is left
    with ExitStack() as stack:
        shutil.rmtree(home / "server", ignore_errors=True)
        (home / "server").mkdir()
        (home / "socket").unlink(missing_ok=True)
        environment = stack.enter_context(variables(name, home / "server"))
        stack.enter_context(listening(Path(sys.executable), home / "socket"))
        config = tomllib.loads((home / "config.toml").read_text("utf-8"))
        command = config["cosmic-ray"]["test-command"].split()
        printed(run(project, *command, PYTHONDONTWRITEBYTECODE="1", **environment))
        program = str(Path(sys.executable).with_name("cosmic-ray"))
        words = [program, "exec", str(home / "config.toml"), str(home / "session")]
        if again:
            words = [sys.executable, "-c", AGAIN, str(home / "session"), " ".join(command)]
        with subprocess.Popen(words, cwd=project, env=environment_with(**environment)) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.terminate()
    shutil.copytree(home / "src", project / "src", dirs_exist_ok=True)


def annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where the annotations of a file begin and end: a mutant there fails at its import, and proves nothing."""
    found = [getattr(node, name, None) for node in ast.walk(ast.parse(source)) for name in ("annotation", "returns")]
    return [
        ((own.lineno, own.col_offset), (own.end_lineno or 0, own.end_col_offset or 0))
        for own in found
        if isinstance(own, ast.expr)
    ]


def mutants(folder: Path, name: str) -> tuple[list[Mutant], int]:
    """Return the mutants of a run that were tested, and how many are still to be."""
    project, waiting = folder / name / "my-project", 0
    found: list[Mutant] = []
    for row in printed(cosmic_ray(project, "cosmic-ray", "dump", folder / name / "session")).splitlines():
        item, result = json.loads(row)
        [own] = item["mutations"]
        source = (folder / name / own["module_path"]).read_text("utf-8")
        place = tuple(own["start_pos"])
        if result is None:
            waiting += 1
        elif result["worker_outcome"] == "normal":
            killed = re.search(r"^(?:FAILED|ERROR) (\S+)", result["output"], re.MULTILINE)
            changed = [each[1:] for each in result["diff"].splitlines() if re.match(r"\+(?!\+\+ )", each)]
            found.append(
                Mutant(
                    own["module_path"].removeprefix(f"src/{PACKAGE}/"),
                    source.splitlines()[place[0] - 1].strip(),
                    " ".join(each.strip() for each in changed),
                    own["operator_name"].removeprefix("core/"),
                    own["definition_name"] or "",
                    result["test_outcome"] == "survived",
                    killed[1] if killed else "",
                )
            )
    return sorted(found), waiting


def every(folder: Path, name: str) -> int:
    """Return how many mutants a run has, the ones that no sample chose included."""
    return int((folder / name / "every").read_text("utf-8"))


def explained() -> dict[tuple[str, str, str], dict[str, str]]:
    """Return what is known about survivors, by file, line and mutated line."""
    rows: list[dict[str, str]] = tomllib.loads(EXPLAINED.read_text("utf-8"))["survivor"]
    return {(row["file"], row["line"], row["mutated"]): row for row in rows}


def row_of(name: str, found: list[Mutant], every: int) -> str:
    """Return the row of a run: how many mutants there are, and what became of them."""
    known = explained()
    survivors = [known.get((own.path, own.line, own.mutated), {}) for own in found if own.is_survivor]
    details_ = sum(not own.is_survivor and own.killed_by.startswith(DETAILS) for own in found)
    elsewhere = sum("caught_by" in row for row in survivors)
    same = sum("same" in row for row in survivors)
    open_ = len(survivors) - elsewhere - same
    own_tests = len(found) - len(survivors) - details_
    share = f"{1 - open_ / (len(found) - same):.1%}"
    cells = [name, every, len(found), own_tests, details_, elsewhere, same, open_, share]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Test mutants, write the page, and return 1 if one survives without a reason."""
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="*", metavar="NAME", default=[*RUNS])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    folder = given.folder.resolve()
    rows: list[str] = []
    unknown: list[Mutant] = []
    for name in given.runs:
        seconds = given.minutes and given.minutes * 60
        work(prepare(folder, name, given.sample, given.seed), name, seconds, again=given.again)
        found, waiting = mutants(folder, name)
        print(name, len(found), "tested", sum(own.is_survivor for own in found), "survived", waiting, "wait")
        unknown += [own for own in found if own.is_survivor and (own.path, own.line, own.mutated) not in explained()]
        rows.append(row_of(name, found, every(folder, name)))
    for own in unknown:
        print(f"[[survivor]]\nfile = {own.path!r}\nline = {own.line!r}\nmutated = {own.mutated!r}\n")
    head = HEAD.format(version=version("cosmic-ray"), date=f"{datetime.now(UTC):%Y-%m-%d}")
    if given.runs == [*RUNS]:
        PAGE.write_text(head + "\n".join(rows) + "\n", "utf-8")
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
