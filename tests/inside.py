"""Run things inside a generated project, in processes of their own: each project has its own `my_project`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .interpreter import forked
from .projects import environment_with, printed, run

PROGRAMS = Path(__file__).with_name("programs")


def variables_of(project: Path) -> dict[str, str]:
    """Return the variables with which Python finds a project."""
    return {"PYTHONPATH": f"{project / 'src'}{os.pathsep}{project}", "PYTHONDONTWRITEBYTECODE": "1"}


def python(project: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of a project, which it can import, and return what came of it."""
    words = [str(word) for word in arguments]
    return forked(project, words, environment_with(**variables_of(project), **environment))


def new_python(project: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do the same in a new interpreter, which has imported nothing yet."""
    return run(project, sys.executable, *arguments, **variables_of(project), **environment)


def program(project: Path, name: str, *arguments: object, **environment: str) -> str:
    """Run one of `programs/` to its end, and return what it printed, without the warnings of drivers."""
    done = python(project, PROGRAMS / f"{name}.py", *arguments, **environment)
    printed(done)
    return done.stdout


def plant(project: Path, name: str) -> str:
    """Put one of `programs/` among the tests of a project, and return its path there."""
    path = f"tests/test_{name}"
    shutil.copy(PROGRAMS / name, project / path)
    return path


def is_async(project: Path) -> bool:
    """Return whether a project is asynchronous: its tests then have a plugin for it."""
    return "pytest-asyncio" in (project / "pyproject.toml").read_text(encoding="utf-8")


def own_tests(project: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, as its developers do."""
    return python(project, "-m", *pytest_of(project), *arguments, **environment)


def pytest_of(project: Path) -> list[str]:
    """Return the words that run a project's tests, without the plugins that only this environment has."""
    # schemathesis takes half a second to import; asyncio insists on being configured.
    plugins = ["cacheprovider", "hypothesispytest", "schemathesis", *([] if is_async(project) else ["asyncio"])]
    return ["pytest", *(f"-pno:{name}" for name in plugins)]


def copy(project: Path, to: Path) -> Path:
    """Return a copy of a project in the folder `to`, to change it."""
    return Path(shutil.copytree(project, to / project.name))
