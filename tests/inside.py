"""Run things inside a generated project, in processes of their own: each project has its own `my_project`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .projects import printed, run

PROGRAMS = Path(__file__).with_name("programs")


def python(project: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of a project, which it can import, and return what came of it."""
    own = {"PYTHONPATH": f"{project / 'src'}{os.pathsep}{project}", "PYTHONDONTWRITEBYTECODE": "1"}
    return run(project, sys.executable, *arguments, **own, **environment)


def program(project: Path, name: str, *arguments: object, **environment: str) -> str:
    """Run one of `programs/` to its end, and return what it printed, without the warnings of drivers."""
    done = python(project, PROGRAMS / f"{name}.py", *arguments, **environment)
    printed(done)
    return done.stdout


def is_async(project: Path) -> bool:
    """Return whether a project is asynchronous: its tests then have a plugin for it."""
    return "pytest-asyncio" in (project / "pyproject.toml").read_text(encoding="utf-8")


def own_tests(project: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, as its developers do."""
    # The plugin insists on being configured.
    plugins = ["-p", "no:cacheprovider", *([] if is_async(project) else ["-p", "no:asyncio"])]
    return python(project, "-m", "pytest", *plugins, *arguments, **environment)


def copy(project: Path, to: Path) -> Path:
    """Return a copy of a project in the folder `to`, to change it."""
    return Path(shutil.copytree(project, to / project.name))
