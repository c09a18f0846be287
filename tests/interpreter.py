"""Python inside projects, in forks of one interpreter: each new one would take a second for its imports.

`programs/forks.py` says how, and what is the same as in a new interpreter.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from socket import AF_UNIX, send_fds, socket
from tempfile import TemporaryDirectory, TemporaryFile

from .projects import environment_with

PROGRAM = Path(__file__).with_name("programs") / "forks.py"

# Packages of only some projects, and those that cookiecutter needs. FastAPI and Faker are left out, because pytest has
# to import their plugins itself; and cookiecutter, which looks for the home directory when it is imported.
PRELOADED = "aiosqlite arrow jinja2 psycopg pymysql requests rich.progress rich.prompt slugify typer yaml"


@contextmanager
def listening(python: Path, path: Path, preloaded: str = "") -> Iterator[None]:
    """Start the interpreter, which listens at this path and has imported these modules as well."""
    variables = environment_with(PRELOADED=preloaded)
    with subprocess.Popen(
        [python, PROGRAM, path], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listening\n"
        yield


@cache
def socket_of_own() -> Path:
    """Start the interpreter of the tests' own environment, which ends with this process; return its path."""
    stack = ExitStack()
    path = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))) / "socket"
    stack.enter_context(listening(Path(sys.executable), path, PRELOADED))
    atexit.register(stack.close)
    return path


def forked(folder: Path, words: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments in a fork, as `subprocess.run()` does in a new interpreter."""
    with (
        Path(os.devnull).open() as nothing,
        TemporaryFile("w+", encoding="utf-8") as output,
        TemporaryFile("w+", encoding="utf-8") as errors,
        socket(AF_UNIX) as connection,
    ):
        connection.connect(str(socket_of_own()))
        send_fds(connection, [b" "], [file.fileno() for file in (nothing, output, errors)])
        connection.sendall(json.dumps([["python", *words], str(folder), variables]).encode() + b"\n")
        code = int(connection.makefile().readline())
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(words, code, output.read(), errors.read())
