"""One interpreter in which the commands of many pages run, because each new one takes a second or two for its imports.

`programs/forks.py` says how, and what is the same as in a new interpreter.
"""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import inside
from .interpreter import PROGRAM, listening
from .projects import UV, printed, run

# `uv run` still looks after the environment; its command asks for a fork. With other options it is left alone.
SHIM = """#!/bin/sh
case "$1 $2 $3" in
    "run --quiet -"*) ;;
    "run --quiet "*) shift 2; set -- run --quiet {ask} "$@" ;;
    "run -"*) ;;
    "run "*) shift; set -- run {ask} "$@" ;;
esac
exec {uv} "$@"
"""


class SharedEnvironment(NamedTuple):
    """An environment that projects share one after the other, and the folder of the `uv` that forks in it."""

    folder: Path
    programs: Path


@contextmanager
def forking(project: Path, folder: Path) -> Iterator[SharedEnvironment]:
    """Make an environment in a folder, with what this project depends on and without itself, and the interpreter."""
    environment, path = folder / "venv", folder / "socket"
    project = inside.copy(project, folder)  # uv writes a lock into it
    printed(run(project, UV, "sync", "--quiet", "--no-install-project", UV_PROJECT_ENVIRONMENT=str(environment)))
    programs = folder / "bin"
    programs.mkdir()
    (programs / "uv").write_text(SHIM.format(ask=asking(path), uv=shlex.quote(UV)), "utf-8")
    (programs / "uv").chmod(0o755)
    with listening(environment / "bin" / "python", path):
        yield SharedEnvironment(environment, programs)


def asking(path: Path) -> str:
    """Return the words before a command that runs it in a fork of the interpreter that listens at this path."""
    return shlex.join([sys.executable, "-IS", str(PROGRAM), str(path)])
