"""Do what the blocks of a page say, one after the other: `page.py BLOCKS`, a file that gets what each has printed.

Python runs in one namespace, where `await` may stand outside of functions; SQL goes to the database of the settings.
"""
# mypy: disable-error-code="import-not-found"

import ast
import asyncio
import json
import subprocess
import sys
import traceback
from contextlib import redirect_stdout
from inspect import iscoroutine
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

from my_project.db import dialect
from my_project.db.engine import with_driver
from my_project.settings import Settings
from sqlalchemy import create_engine

# Modules beside src/, such as tests.statements, as in the session of a reader who is in the project's folder.
sys.path.insert(0, "")

# The session of a reader; a module, because models look for the names of their annotations in one.
READER = sys.modules["__main__"] = ModuleType("__main__")


class CommandError(Exception):
    """A command failed: the code that it returned, and what it wrote about it."""


def told(error: Exception) -> str:
    """Return what a page shows of an error: without the link that SQLAlchemy puts behind its messages."""
    if isinstance(error, CommandError):
        return f"(exit code {error.args[0]})"
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or error.args[0]}"


def run_python(block: dict[str, Any], runner: asyncio.Runner) -> None:
    """Run a block as part of one program, whose lines have the numbers of the page."""
    source = "\n" * block["line"] + block["text"]
    code = compile(source, block["page"], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    result = eval(code, vars(READER))  # noqa: S307 - the pages are our own
    if iscoroutine(result):
        runner.run(result)


def run_shell(block: dict[str, Any]) -> None:
    """Run commands up to the first that fails, and print what they print, without what they log."""
    command = ["bash", "-euo", "pipefail", "-c", block["text"]]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    print(done.stdout, end="")
    if done.returncode:
        raise CommandError(done.returncode, done.stderr)


def run_sql(block: dict[str, Any]) -> None:
    """Send statements, and print the rows that come back."""
    url = with_driver(Settings.load().database_url, dialect.BLOCKING_DRIVER)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in filter(str.strip, block["text"].split(";\n")):
            result = connection.exec_driver_sql(statement)
            for row in result if result.returns_rows else ():
                print(*row, sep=" | ")
    engine.dispose()


def run(block: dict[str, Any], runner: asyncio.Runner) -> None:
    """Run a block by its language; one that begins with the name of a file is its text."""
    first, _, rest = block["text"].partition("\n")
    if block["language"] == "python" and first.startswith(("# src/", "# tests/")):
        Path(first.removeprefix("# ")).write_text(rest, "utf-8")
    elif block["language"] == "python":
        run_python(block, runner)
    elif block["language"] == "sh":
        run_shell(block)
    else:
        run_sql(block)


def main(file: Path) -> None:
    """Run all blocks up to the first error that the page does not show."""
    blocks = json.loads(file.read_text("utf-8"))
    # one for all blocks, as a terminal is: the handlers of loggers keep theirs
    output = StringIO()
    with asyncio.Runner() as runner, redirect_stdout(output):
        for block in blocks:
            start = output.tell()
            try:
                run(block, runner)
            except Exception as error:  # noqa: BLE001 - it is what the page is about, or the reason of the failure
                block["error"] = traceback.format_exc()
                output.write(f"{told(error)}\n")
            block["output"] = output.getvalue()[start:]
            if "error" in block and block["shown"] is None:
                break
    file.write_text(json.dumps(blocks), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
