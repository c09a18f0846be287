"""Run what the change of a file can break, the cheapest first, for a minute.

uv run python -m tests.near [--seconds N] [FILE…]

Without files, it takes those that differ from the last commit. It stops at the first failure. The end names the tests
that did not fit into the time; the whole suite runs them.
"""

import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from . import servers
from .answers import CHOICES, COMBINATIONS, ROOT, TEMPLATE, untagged
from .inside import PROGRAMS, pytest_of
from .projects import environment_with, new_project
from .test_details import details

# The tests of this repository that a changed file can break, by a pattern of its path; {} is its name without the end.
HERE = [
    ("hooks/*", "tests/test_hooks.py"),
    ("hooks/*", "tests/test_template.py"),
    ("hooks/*", "tests/test_refusals.py"),
    ("cookiecutter.json", "tests/test_template.py"),
    ("cookiecutter.json", "tests/test_hooks.py"),
    ("cookiecutter.json", "tests/test_contributing.py -k readme"),
    ("templates/*", "tests/test_adversarial_input.py -k every_text_is_the_same"),
    (f"{TEMPLATE.name}/*", "tests/test_template.py"),
    (f"{TEMPLATE.name}/*", "tests/test_twins.py"),
    (f"{TEMPLATE.name}/*.py", "tests/test_documented_means.py"),
    (f"{TEMPLATE.name}/docs/practices.md", "tests/test_practices.py"),
    ("docs/contributing/claims.md", "tests/test_practices.py"),
    ("docs/tested-on.md", "tests/test_tested_on.py"),
    ("docs/benchmarks*", "tests/test_benchmarks.py"),
    ("docs/guide/*.md", "tests/test_guide.py -k {}"),
    ("docs/recipes/*.md", "tests/test_recipes.py -k {}"),
    ("docs/*", "tests/test_site.py -k has_every_page"),
    ("README.md", "tests/test_tested_on.py"),
    ("README.md", "tests/test_readme.py -k every"),
    ("README.md", "tests/test_picture.py -k readme"),
    ("README.md", "tests/test_contributing.py -k readme"),
    ("CONTRIBUTING.md", "tests/test_contributing.py -k listed"),
    ("tests/data/defects.toml", "tests/test_defects.py -k can_be_planted"),
    ("*", "tests/test_prose.py -k every_sentence"),
    ("tests/test_*.py", "tests/{}.py"),
]
# The project's own tests for a folder of its package, and all of them for other files.
IN_PROJECTS = [
    ("*/db/*", "tests/db tests/test_conventions.py tests/test_migrations.py"),
    ("*/migrations/*", "tests/test_migrations.py"),
    ("*/models/*", "tests/test_conventions.py tests/test_migrations.py tests/test_models.py"),
    ("*/web/*", "tests/test_web.py tests/resources"),
    ("tour/*", "tests/test_tour.py"),
    ("*.md", ""),
    ("*", "tests"),
]


class Command(NamedTuple):
    """Words for Python, the folder that it runs in, and the variables that it needs; none for this repository."""

    words: list[str]
    folder: Path = ROOT
    variables: dict[str, str] | None = None

    def run(self, seconds: float) -> int | None:
        """Return its exit code, or None if it takes longer than this."""
        environment = None if self.variables is None else environment_with(**self.variables)
        with subprocess.Popen([sys.executable, "-m", *self.words], cwd=self.folder, env=environment) as process:
            try:
                return process.wait(max(seconds, 0))
            except subprocess.TimeoutExpired:
                process.terminate()
        return None


def changed() -> list[str]:
    """Return the files that differ from the last commit, and the new ones, without those that are gone."""
    words = ["git", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    return [line[3:] for line in done.stdout.split("\0") if line and Path(ROOT, line[3:]).exists()]


def here(files: list[str]) -> list[str]:
    """Return the tests of this repository that these files can break, in the order of HERE."""
    tests = [test.format(Path(file).stem) for pattern, test in HERE for file in files if fnmatch(file, pattern)]
    tests += [
        f"tests/{own.name}"
        for file in files
        if fnmatch(file, "tests/programs/*.py")
        for own in sorted((ROOT / "tests").glob("test_*.py"))
        if f'"{Path(file).stem}' in own.read_text("utf-8")
    ]
    return list(dict.fromkeys(tests))


def projects(files: list[str]) -> dict[tuple[str, ...], set[str]]:
    """Return the tests of projects that these files can break, by the options of a project that has the file."""
    found: dict[tuple[str, ...], set[str]] = {}
    for file in files:
        if not file.startswith(f"{TEMPLATE.name}/"):
            continue
        final, tags = untagged(file.removeprefix(f"{TEMPLATE.name}/"))
        wanted = next(answers for answers in COMBINATIONS if tags <= {*answers.values()})  # the defaults otherwise
        own = next(tests for pattern, tests in IN_PROJECTS if fnmatch(final, pattern))
        is_test = fnmatch(final, "tests/*test_*.py")
        found.setdefault(tuple(wanted.values()), set()).update([final] if is_test else own.split())
    return found


def in_projects(files: list[str], folder: Path, stack: ExitStack) -> Iterator[Command]:
    """Yield the checks of a project for each set of options: linter, formatter, and its tests with the details."""
    for number, (chosen, tests) in enumerate(projects(files).items()):
        answers = dict(zip(CHOICES, chosen, strict=True))
        home = folder / str(number)
        home.mkdir()
        project = new_project(home, **answers)
        variables = {"PYTHONPATH": f"{project / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"}
        yield Command(["ruff", "check", "--quiet", "--no-cache"], project, variables)
        yield Command(["ruff", "format", "--check", "--quiet", "--no-cache"], project, variables)
        if not tests:
            continue
        if "tests/db" in tests and answers["topology"] == "single-server" and answers["example"] == "example":
            for name in details(answers["io"], answers["database"], answers["primary_key"])[1:]:
                shutil.copy(PROGRAMS / name, project / "tests" / f"test_{name}")
                tests.add(f"tests/test_{name}")
        if answers["database"] == "mysql":  # the tests of other projects start what they need
            url = stack.enter_context(servers.mariadb(home / "server"))
            variables["TEST_DATABASE_URL"] = f"{url.rpartition('/')[0]}/near_test"
        there = sorted(test for test in tests if (project / test).exists())
        yield Command([*pytest_of(project), "-q", "-x", "-n", "0", *there], project, variables)


def main() -> int:
    """Run the commands, the cheapest first, and return 1 if one fails."""
    parser = ArgumentParser()
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    end = time.monotonic() + given.seconds
    files = [Path(file).resolve().relative_to(ROOT).as_posix() for file in given.files] or changed()
    left: list[str] = []
    with TemporaryDirectory() as folder, ExitStack() as stack:
        python = [file for file in files if file.endswith(".py") and not file.startswith(TEMPLATE.name)]
        first = [Command(["ruff", "check", "--quiet", "--force-exclude", *python])] if python else []
        tests = [Command(["pytest", "-q", "-x", "-n", "0", *test.split()]) for test in here(files)]
        for command in chain(first, in_projects(files, Path(folder), stack), tests):
            print(f"\n{' '.join(command.words)}", flush=True)
            code = command.run(end - time.monotonic())
            if code is None:
                left.append(" ".join(command.words))
            elif code not in (0, 5):  # 5: pytest found no test of this name
                return 1
    print("\nnothing failed", *(f"not run to its end: {words}" for words in left), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
