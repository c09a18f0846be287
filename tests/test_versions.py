"""The default projects work with the oldest and the newest versions of Python and of what they need."""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from . import inside
from .answers import CHOICES
from .conftest import Bake, NewDatabase
from .projects import UV, printed, run

PYTHONS = ["3.11", "3.12", "3.13"]


def interpreters(wanted: str, folder: Path) -> Iterator[str]:
    """Return where this version of Python may be; a shim of pyenv may be there without its Python."""
    yield run(folder, UV, "python", "find", "--no-project", wanted).stdout.strip()
    yield shutil.which(f"python{wanted}") or ""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(versions.glob(f"{wanted}.*/bin/python")))


def interpreter(wanted: str, folder: Path) -> str:
    """Return a Python of this version, or skip the test."""
    tell = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    for found in filter(None, interpreters(wanted, folder)):
        if run(folder, found, *tell).stdout.strip() == wanted:
            return found
    pytest.skip(f"no Python {wanted} here")


def versions(project: Path) -> dict[str, Version]:
    """Return what is installed for a project, by the names of the distributions."""
    lines = printed(run(project, UV, "pip", "freeze", "--exclude-editable")).splitlines()
    return {name: Version(number) for name, number in (line.split("==") for line in lines)}


def floors(project: Path) -> dict[str, Version]:
    """Return the oldest version of each distribution that the project's pyproject.toml allows."""
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    named = [Requirement(text) for text in pyproject["project"]["dependencies"] + pyproject["dependency-groups"]["dev"]]
    return {
        requirement.name: Version(specifier.version)
        for requirement in named
        for specifier in requirement.specifier
        if specifier.operator == ">=" and (requirement.marker is None or requirement.marker.evaluate())
    }


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("io", CHOICES["io"])
def test_a_default_project_works_on_every_python(io: str, python: str, bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(io=io), tmp_path)

    printed(run(project, UV, "sync", "--python", interpreter(python, tmp_path)))

    assert f"python{python}" in printed(
        run(project, UV, "run", "--no-sync", "python", "-c", "import os; print(os.__file__)")
    )
    printed(run(project, UV, "run", "--no-sync", "pytest"))


@pytest.mark.parametrize("database", CHOICES["database"])
@pytest.mark.parametrize("io", CHOICES["io"])
def test_a_project_works_with_the_oldest_versions_it_allows(
    io: str, database: str, bake: Bake, tmp_path: Path, new_database: NewDatabase
) -> None:
    project = inside.copy(bake(io=io, database=database), tmp_path)

    printed(run(project, UV, "sync", "--resolution", "lowest-direct", "--python", sys.executable))

    installed = versions(project)
    assert {name: installed[name] for name in floors(project)} == floors(project)
    printed(run(project, UV, "run", "--no-sync", "pytest", TEST_DATABASE_URL=new_database(database)))
