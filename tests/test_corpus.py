"""Constructs of real applications, `tests/corpus/`: each works in a project as SQLAlchemy's documentation writes it.

Each module has models, `put(session)`, and `look(session)` for another transaction; some have `use_async(session)`.
Its constants say where it runs, and what is particular about it:

- `DATABASES`: those that have the construct, else all.
- `KEYS`: the kinds of primary keys, else integers only.
- `BY_HAND`: statements that people put at the beginning of the revision, such as CREATE EXTENSION.
- `AFTERWARDS`: statements that people add to its end on a database, for what Alembic cannot see there.
- `DOWNGRADE`: statements that people add to the downgrade, such as DROP TYPE.
- `OFFLINE`: the tests' server lacks what it needs, so the migration is printed and not run.
- `OBJECTIONS`: what the project's own tests say to the construct, by the name of the rule or test.
"""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .labs import DATABASES
from .planting import package
from .projects import environment_with, printed, run
from .runs import short_lived

FOLDER = Path(__file__).with_name("corpus")
MODULES = {file.stem: file for file in sorted(FOLDER.glob("[!_]*.py"))}


CONSTANTS = ("DATABASES", "KEYS", "BY_HAND", "AFTERWARDS", "DOWNGRADE", "OFFLINE", "OBJECTIONS")


def constants(file: Path) -> dict[str, Any]:
    """Return the constants of a module, without importing it."""
    statements = ast.parse(file.read_text(encoding="utf-8")).body
    return {
        target.id: ast.literal_eval(statement.value)
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in CONSTANTS
    }


OWN_TESTS = ("tests/test_conventions.py", "tests/test_migrations.py")
CONSTRUCTS = {name: constants(file) for name, file in MODULES.items()}

# Where each construct runs: sync, and async where it says so; with both kinds of keys where it says so.
PLACES = [
    pytest.param(name, database, keys, io, id="-".join((name, database, keys, io)))
    for name, has in CONSTRUCTS.items()
    for database in has.get("DATABASES", DATABASES)
    for keys in has.get("KEYS", ["integer"])
    for io in (["sync", "async"] if "async def use_async" in MODULES[name].read_text("utf-8") else ["sync"])
]


class Try(Protocol):
    """Return what failed in a project with this construct, by stage, and what was printed."""

    def __call__(self, construct: str, database: str, **answers: str) -> tuple[dict[str, str], str]: ...


@pytest.fixture(scope="module")
def attempt(bake: Bake, new_database: NewDatabase) -> Iterator[Try]:
    """A process that has imported what all constructs need, and forks for each."""
    runner = subprocess.Popen(
        [sys.executable, inside.PROGRAMS / "corpus.py"],
        env=environment_with(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert runner.stdin is not None
    assert runner.stdout is not None
    stdin, stdout = runner.stdin, runner.stdout
    compiled: set[Path] = set()

    def attempt(construct: str, database: str, **answers: str) -> tuple[dict[str, str], str]:
        project = bake(database=database, example="no-example", **answers)
        if project not in compiled:  # once, and not for each copy
            subprocess.run([sys.executable, "-m", "compileall", "-q", project], check=True)
            if answers["io"] == "sync":  # whose own tests run
                collect = [sys.executable, "-m", "pytest", "--collect-only", *OWN_TESTS]
                printed(run(project, *collect, PYTHONPATH="src", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"))
            compiled.add(project)
        task = {
            "module": str(MODULES[construct]),
            "project": str(project),
            "url": new_database(database),
            "by_hand": list(CONSTRUCTS[construct].get("BY_HAND", ())),
            "afterwards": list(CONSTRUCTS[construct].get("AFTERWARDS", {}).get(database, ())),
            "downgrade": list(CONSTRUCTS[construct].get("DOWNGRADE", ())),
            "is_async": answers["io"] == "async",
            "is_offline": CONSTRUCTS[construct].get("OFFLINE", False),
        }
        with short_lived() as folder:
            stdin.write(json.dumps({**task, "folder": folder}) + "\n")
            stdin.flush()
            answer = json.loads(stdout.readline())
        return answer["failures"], answer["log"]

    with runner:
        yield attempt
        stdin.close()


def test_the_corpus_has_at_least_sixty_constructs() -> None:
    assert len(CONSTRUCTS) >= 60


@pytest.mark.parametrize(("construct", "database", "keys", "io"), PLACES)
def test_a_construct_of_real_applications_works(
    construct: str, database: str, keys: str, io: str, attempt: Try
) -> None:
    failures, log = attempt(construct, database, primary_key=keys, io=io)
    print(log)

    expected = CONSTRUCTS[construct].get("OBJECTIONS", {}) if io == "sync" else {}
    unexpected = {stage: text for stage, text in failures.items() if expected.get(stage, "\0") not in text}
    if unexpected:
        pytest.fail("\n".join(f"{stage}: {text}" for stage, text in unexpected.items()), pytrace=False)
    assert set(failures) == set(expected)


@pytest.fixture(scope="module")
def all_constructs(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the modules of all constructs, for tools that read and do not run them."""
    project = inside.copy(bake(example="no-example", io="async"), tmp_path_factory.mktemp("all"))
    for file in MODULES.values():
        shutil.copy(file, package(project) / "models")
    return project


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_type_checkers_accept_every_construct(checker: str, all_constructs: Path) -> None:
    options = {"mypy": ["--no-incremental"], "pyright": ["--pythonpath", sys.executable]}[checker]

    printed(inside.python(all_constructs, "-m", checker, *options, "src/my_project/models"))
