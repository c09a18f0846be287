"""Take the tour: `python -m tour`, or one lesson of it: `python -m tour savepoints`."""

import argparse
import asyncio
import secrets
import sys
from collections.abc import Sequence
from inspect import isfunction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.markdown import Markdown
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.session import make_engine, make_sessions
from {{ cookiecutter.package_name }}.migrations.commands import upgrade

from tests.databases import empty_database, running_server
from tests.statements import recorded
from tour import lessons
from tour.console import Tour

# psycopg cannot use the default event loop of Windows.
# https://www.psycopg.org/psycopg3/docs/advanced/async.html
LOOP = asyncio.SelectorEventLoop if sys.platform == "win32" else None

LESSONS = {
    name.replace("_", "-"): function
    for name, function in vars(lessons).items()
    if isfunction(function) and function.__module__ == lessons.__name__
}

WELCOME = """**A tour of {{ cookiecutter.package_name }}**

Each lesson shows code, the SQL that it sends (without BEGIN, SAVEPOINT and COMMIT), and what they prove.
`transaction(sessions)` writes; `transaction(readers)` only reads, and the database refuses its writes.
The tour runs on a temporary database.
"""


async def walk(url: URL, chosen: str | None) -> None:
    """Take the chosen lesson, or all of them, on the migrated and empty database at `url`."""
    engine, reading = make_engine(url), make_engine(url, read_only=True)
    try:
        with recorded(engine.sync_engine, reading.sync_engine) as statements:
            tour = Tour(statements)
            tour.console.print(Markdown(WELCOME))
            for number, (name, lesson) in enumerate(LESSONS.items(), start=1):
                if chosen in (None, name) or number == 1:  # the first lesson stores what the others read
                    tour.console.quiet = chosen not in (None, name)
                    tour.begin(lesson, number)
                    await lesson(tour, make_sessions(engine), make_sessions(reading))
            tour.console.print("\nAll of it is true.")
    finally:
        await reading.dispose()
        await engine.dispose()


def main(arguments: Sequence[str] | None = None) -> None:
    """Create a database on the server of the tests, migrate it, take the tour, and delete it."""
    parser = argparse.ArgumentParser("python -m tour", description="Take the tour, or one lesson of it.")
    parser.add_argument("lesson", nargs="?", choices=LESSONS, metavar="LESSON", help=f"one of {', '.join(LESSONS)}")
    chosen = parser.parse_args(arguments).lesson
    try:
        with (
            TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            running_server(Path(folder)) as server,
            empty_database(server, f"tour_{secrets.token_hex(4)}") as url,
            asyncio.Runner(loop_factory=LOOP) as runner,
        ):
            upgrade(url)
            runner.run(walk(url, chosen))
    except pytest.exit.Exception as error:  # no server, and how to get one
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
