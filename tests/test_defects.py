"""Planted defects: the tests notice each mistake of tests/data/defects.toml.

Here are a few of them; `uv run python -m tests.defects` plants all, and writes docs/defects.md.
"""

import os
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from . import inside
from .answers import CHOICES, ROOT, TEMPLATE
from .conftest import NewDatabase
from .defects import PAGE
from .projects import NOT_COPIED, project_of, run

IN_FULL = os.environ.get("DEFECTS") == "full"
SAMPLE = ["an employee stays when it leaves the list", "a fix reaches one of two twins", "a practice is missing"]
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)


class Defect(NamedTuple):
    """A mistake, and the tests that must fail for it: in the repository, or in a project with these options."""

    what: str
    file: str
    line: str
    instead: str
    tests: str
    is_in_a_project: bool
    answers: dict[str, str]

    @property
    def path(self) -> Path:
        """The path in the repository."""
        package = f"{TEMPLATE.name}/src/{{{{cookiecutter.package_name}}}}/"
        for name, folder in (("project/", f"{TEMPLATE.name}/"), ("package/", package)):
            if self.file.startswith(name):
                return Path(folder, self.file.removeprefix(name))
        return Path(self.file)

    def source_of(self, test: str) -> str:
        """Return the name that a test has in this repository, if its file was copied into the project."""
        copied = {f"tests/test_{Path(word).name}": word for word in self.tests.split() if "/programs/" in word}
        file, _, name = test.partition("::")
        return f"{copied.get(file, file)}::{name}"

    def said(self, root: Path, new_database: NewDatabase, folder: Path) -> str:
        """Return what the tests print in a copy of the repository; fail if they pass, or if they could not be run."""
        if not self.is_in_a_project:
            own = ["-p", "no:cacheprovider", "-q", "-x", "-n", "0", *shlex.split(self.tests)]
            done = run(root, sys.executable, "-m", "pytest", *own)
        else:
            project = project_of(root, folder, **self.answers)
            database = self.answers.get("database", CHOICES["database"][0])
            environment = {} if database == "sqlite" else {"TEST_DATABASE_URL": new_database(database)}
            tests = [planted(project, word) for word in self.tests.split()]
            done = inside.own_tests(project, "-q", "-x", "-n", "0", *tests, **environment)
        said = done.stdout + done.stderr
        assert done.returncode == 1, f"{self.tests} returned {done.returncode}, although {self.what}:\n{said}"
        return said


def planted(project: Path, test: str) -> str:
    """Return a file of tests in a project; one of `programs/` is copied there."""
    if not test.startswith("tests/programs/"):
        return test
    return inside.plant(project, Path(test).name)


DEFECTS = [
    Defect(**{"answers": {}, **row}, is_in_a_project=kind == "project")
    for kind, rows in tomllib.loads((ROOT / "tests" / "data" / "defects.toml").read_text("utf-8")).items()
    for row in rows
]
PLANTED = [defect for defect in DEFECTS if IN_FULL or defect.what.startswith(tuple(SAMPLE))]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository."""
    root = tmp_path_factory.mktemp("defects") / "root"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    return root


@pytest.fixture
def defective(request: pytest.FixtureRequest, root: Path) -> Iterator[Defect]:
    """A defect, which is in the copy during the test."""
    defect: Defect = request.param
    file = root / defect.path
    text = file.read_text("utf-8")
    file.write_text(text.replace(defect.line, defect.instead), "utf-8")
    yield defect
    file.write_text(text, "utf-8")


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what.replace(" ", "-"))
def test_a_defect_can_be_planted(defect: Defect) -> None:
    assert (ROOT / defect.path).read_text("utf-8").count(defect.line) == 1
    assert defect.line != defect.instead


@pytest.mark.parametrize("defective", PLANTED, indirect=True, ids=lambda defect: defect.what.replace(" ", "-"))
def test_a_planted_defect_is_caught(
    defective: Defect,
    root: Path,
    new_database: NewDatabase,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("planted", defective.what)
    record_property("file", defective.file)

    caught = FAILED.search(said := defective.said(root, new_database, tmp_path))

    assert caught, said
    record_property("caught_by", defective.source_of(caught[1]))


def test_the_page_has_each_defect_and_the_test_that_caught_it() -> None:
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| `.+?` \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert rows == [(defect.what, defect.file) for defect in DEFECTS]
