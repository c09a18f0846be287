"""The one list of checks of a project: what it holds, that it changes nothing, and that CI has no other."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from . import inside
from .answers import CHOICES
from .conftest import Bake, NewDatabase
from .projects import PACKAGE, UV, commands_of_job, run
from .test_readme import shell

GIT = "git -c user.name=Me -c user.email=me@example.com"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """An empty folder that is not pytest's: see test_readme.py."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("io", "database", "example"), [("sync", "sqlite", "example"), ("async", "postgresql", "no-example")]
)
def test_the_default_accepts_a_new_project_and_changes_nothing(
    io: str, database: str, example: str, bake: Bake, folder: Path, new_database: NewDatabase
) -> None:
    project = inside.copy(bake(io=io, database=database, example=example), folder / io)
    shell(project, f"uv lock && {GIT} init -q && git add --all && {GIT} commit -q -m all")

    output = shell(project, "uv run just", TEST_DATABASE_URL=new_database(database))

    assert " passed in " in output
    assert shell(project, "git status --porcelain --untracked-files=all").partition("+ ")[0] == ""


@pytest.fixture(scope="module")
def installed(bake: Bake, folder: Path) -> Path:
    """A project in its own environment, with few of its tests."""
    project = inside.copy(bake(), folder / "installed")
    for test in (project / "tests").glob("test_*.py"):
        if test.stem not in ("test_migrations", "test_schema"):
            test.unlink()
    (project / "tests" / "seed.py").unlink()
    shell(project, "uv sync")
    return project


QUERIES, COMPANY = f"src/{PACKAGE}/queries.py", f"src/{PACKAGE}/models/company.py"
FIELD = "    employees: Mapped"
COLUMN = f"    city: Mapped[str | None] = mapped_column(String(50), default=None)\n{FIELD}"

# A file, what is written there instead of what, and what is then said.
PLANTED = {
    "lock": ("pyproject.toml", "pytest-xdist>=3.8", "pytest-xdist>=3.7", ["lockfile at `uv.lock` needs to be updated"]),
    "style": (QUERIES, '"""\n', '"""\n\nimport os', ["F401"]),
    "format": (QUERIES, "name == name", "name==name", ["1 file would be reformatted"]),
    "types": (QUERIES, "Company.name == name", "Company.title == name", ["[attr-defined]"]),
    "models": (COMPANY, FIELD, COLUMN, ["FAILED tests/test_migrations.py", "FAILED tests/test_schema.py"]),
}


@pytest.mark.parametrize(("path", "old", "new", "says"), PLANTED.values(), ids=PLANTED)
def test_the_default_fails_where_one_check_does(
    path: str, old: str, new: str, says: list[str], installed: Path
) -> None:
    text, lock = (installed / path).read_text("utf-8"), (installed / "uv.lock").read_bytes()
    assert old in text
    (installed / path).write_text(text.replace(old, new, 1), "utf-8")
    just = installed / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "just"

    # not by `uv run`, which would lock again
    done = run(installed, just, PATH=os.pathsep.join([str(Path(UV).parent), os.environ["PATH"]]))

    (installed / path).write_text(text, "utf-8")
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert [text for text in says if text not in output] == []
    assert (installed / "uv.lock").read_bytes() == lock


def test_the_file_is_short(bake: Bake) -> None:
    assert len((bake() / "justfile").read_text("utf-8").splitlines()) < 40


@pytest.mark.parametrize("database", CHOICES["database"])
def test_ci_has_no_list_of_its_own(database: str, bake: Bake) -> None:
    github = yaml.safe_load((bake(ci="github", database=database) / ".github/workflows/ci.yml").read_text("utf-8"))
    gitlab = yaml.safe_load((bake(ci="gitlab", database=database) / ".gitlab-ci.yml").read_text("utf-8"))

    on_github = commands_of_job(github["jobs"]["test"])
    assert on_github[:2] == ["uv sync --locked", "uv run just"]
    assert gitlab["test"]["script"][0] == "uv run just"
    # and once more with the oldest versions: see test_versions.py
    assert len(on_github[2:]) == len(gitlab["test"]["script"][1:]) == 1
