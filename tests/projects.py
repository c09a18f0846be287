"""Generated projects, whole: which there are, and the commands that people give in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .answers import CHOICES, ROOT, combinations

# The names of the default project.
SLUG, PACKAGE = "my-project", "my_project"

# Files of this repository that would make the tests slow, or are personal.
NOT_COPIED = shutil.ignore_patterns(".git", ".uv", ".venv", ".*_cache", "__pycache__", ".hypothesis", SLUG)


def with_web(answers: dict[str, str]) -> dict[str, str]:
    """Return the options with one for `web`: each pair of options meets both, without twice as many projects."""
    places = sum(CHOICES[question].index(answer) for question, answer in answers.items())
    return {**answers, "web": CHOICES["web"][places % 2]}


# Every combination of the options that decide what a project does.
COMBINATIONS = [with_web(answers) for answers in combinations(("io", "database", "topology", "primary_key", "example"))]

UV = os.environ.get("UV") or shutil.which("uv") or "uv"  # `uv run` says which uv it is

# The environment of the tests themselves, and what may tell a project something else than a test does.
OTHERS = (
    "COLUMNS",
    "COOKIECUTTER_",
    "DATABASE_",
    "FORCE_COLOR",
    "GIT_",
    "PYTEST_",
    "PYTHON",
    "TEST_DATABASE_",
    "UV_PROJECT",
    "VIRTUAL_ENV",
)


def short_name(answers: dict[str, str]) -> str:
    """Return a name of one of COMBINATIONS, such as `sync-sqlite-single-server-integer-example-no-web`."""
    return "-".join(answers.values())


def environment_with(**own: str) -> dict[str, str]:
    """Return an environment that has nothing to do with the template's own, with some variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    return {**inherited, "UV_PYTHON_DOWNLOADS": "never", **own}


def run(folder: Path, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that has nothing to do with the template's own environment."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment_with(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def new_project(folder: Path, **answers: str) -> Path:
    """Render a project into a folder by the command, with nothing in anybody's home."""
    return project_of(ROOT, folder, **answers)


def project_of(template: Path, folder: Path, **answers: str) -> Path:
    """Render a project of a copy of this repository into a folder, as `new_project` does."""
    config = folder / "config.yml"
    config.write_text(f"cookiecutters_dir: {folder}/clones\nreplay_dir: {folder}/replay\n", encoding="utf-8")
    cookiecutter = [sys.executable, "-m", "cookiecutter", template, "--no-input", "--config-file", config, "-o", folder]
    printed(run(folder, *cookiecutter, *(f"{question}={answer}" for question, answer in answers.items())))
    return folder / SLUG


def printed(done: subprocess.CompletedProcess[str], *, returns: int = 0) -> str:
    """Return what a command printed, errors last; where it did not return this code, fail with that."""
    output = done.stdout + done.stderr
    assert done.returncode == returns, f"{done.args} returned {done.returncode}:\n{output}"
    return output


def commands_of_job(job: Mapping[str, Any]) -> list[str]:
    """Return the commands that a job of a workflow on GitHub runs, in their order."""
    return [step["run"] for step in job["steps"] if "run" in step]


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return what is in a folder: the bytes of each file by its path with `/`, None for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
