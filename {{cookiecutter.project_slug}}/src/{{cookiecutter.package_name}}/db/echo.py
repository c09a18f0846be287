"""Log each statement: how long it took, where the application sent it, and the SQL on lines that can be read.

    engine = make_engine(settings.database_url, echo=settings.echo)

It is switched on by DATABASE_ECHO, and looks like this:

    INFO     1.9 ms, 3 rows, src/application/queries.py:31
                 SELECT companies.id, companies.name
                 FROM companies
                 WHERE companies.name = ?
"""

import inspect
import logging
import os
import re
import reprlib
import sysconfig
import textwrap
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.pool import PoolProxiedConnection

from .watching import Finish, Sent, watch

# At INFO, or WARNING for what is slow or failed: at the level WARNING it logs these alone, and looks for no caller.
LOG = logging.getLogger(__name__)

# Columns of the SQL, and characters of it.
WIDTH = 100
LONGEST = 4000

# A row of an INSERT, and those after the first; SQLAlchemy sends up to a thousand at once.
ROW = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")
MORE_ROWS = re.compile(rf"(?<=\bVALUES )({ROW.pattern})((?:, ?{ROW.pattern})+)")

# Where a clause begins, but not within quotes or comments.
CLAUSE = re.compile(
    r"('(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--.*)"
    r"|(?<=\S)(?<!DISTINCT) +(?=(?:FROM|WHERE|SET|VALUES|RETURNING|(?:(?:LEFT|FULL) OUTER|INNER|CROSS) JOIN"
    r"|GROUP BY|HAVING|ORDER BY|LIMIT|UNION|INTERSECT|EXCEPT|ON CONFLICT|ON DUPLICATE KEY|FOR (?:UPDATE|SHARE))\b)"
    r"|(?<=\S)(?<!OUTER)(?<!INNER)(?<!CROSS) +(?=JOIN\b)"
)

# Whose frames are never the caller's: this package's, and those of libraries, this project's among them if installed.
OWN = str(Path(__file__).parent) + os.sep
APPLICATION = str(Path(__file__).parents[1]) + os.sep
LIBRARIES = re.compile(rf"<|{re.escape(sysconfig.get_path('stdlib'))}|.*[\\/](site|dist)-packages[\\/]")
# Below them is who started the event loop, and waits for no statement.
EVENT_LOOP = {"asyncio.events", "asyncio.base_events", "asyncio.runners"}

# Of this task, and of those that it makes from now on.
LAST_PLACE: ContextVar[str | None] = ContextVar("last_place", default=None)


@dataclass(frozen=True)
class Echo:
    """How statements are logged."""

    # Seconds from which on a statement is a warning.
    slow: float = 0.5
    # Whether the values of parameters are logged: they are people's data. Errors go on hiding them.
    values: bool = False

    def listen(self, engine: Engine) -> None:
        """Log what this engine sends from now on, in read-only sessions too; for an AsyncEngine pass `sync_engine`.

        Unless the level of the logger is set, it becomes INFO; and where nothing is set up to show what is logged,
        it goes to stderr, as with SQLAlchemy's own `echo`.
        """
        if LOG.level == logging.NOTSET:
            LOG.setLevel(logging.INFO)
        if not LOG.hasHandlers():
            LOG.addHandler(logging.StreamHandler())
        watch(engine, self._start)

    def _start(self, sent: Sent) -> Finish:
        started = time.perf_counter()

        def finish(error: BaseException | None) -> None:
            seconds = time.perf_counter() - started
            level = logging.INFO if error is None and seconds < self.slow else logging.WARNING
            if LOG.isEnabledFor(level):
                LOG.log(level, "%s", "\n    ".join(self._lines(sent, seconds, error)))

        return finish

    def _lines(self, sent: Sent, seconds: float, error: BaseException | None) -> Iterator[str]:
        facts = [f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"]
        if sent.sets > 1:
            facts.append(f"{sent.sets} sets of parameters")
        if error is None and (rows := rows_of(sent.cursor)) is not None:
            facts.append(f"{rows} row{'' if rows == 1 else 's'}")
        facts.append(caller(sent.connection))
        # not the message of the error, which may quote values
        mark = f"FAILED with {type(error).__name__} after " if error else "SLOW: " if seconds >= self.slow else ""
        yield mark + ", ".join(facts)
        yield from lines_of(shortened(sent.statement))
        if self.values and sent.parameters:
            yield f"values: {SHORT.repr(sent.parameters)}"


SHORT = reprlib.Repr()
SHORT.maxlist = 3  # of many sets the first
SHORT.maxtuple = SHORT.maxdict = 30
SHORT.maxstring = SHORT.maxother = 100


def rows_of(cursor: Any) -> int | None:
    """Return how many rows a statement changed or found, or None where it is not known before they are read."""
    if cursor is None:
        return None
    rows: int = cursor.rowcount
    unread = rows == 0 and cursor.description  # sqlite3 counts what RETURNING returns when it is read
    return rows if 0 <= rows < 2**63 and not unread else None


def shortened(statement: str) -> str:
    """Return a statement with one row of many, and not longer than LONGEST."""
    short = statement
    if statement.startswith("INSERT"):
        short = MORE_ROWS.sub(lambda found: f"{found[1]}, ... {len(ROW.findall(found[2]))} more", statement)
    return short if len(short) <= LONGEST else f"{short[:LONGEST]}\n... {len(short) - LONGEST} characters more"


@lru_cache(500)  # what an application sends, it sends again
def lines_of(statement: str) -> list[str]:
    """Return the lines of a statement: its own, broken before each clause and where they are too long."""
    text = CLAUSE.sub(lambda found: found[1] or "\n", textwrap.dedent(statement.expandtabs(4)).strip())
    return [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(
            line.rstrip(), WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    ]


def caller(connection: PoolProxiedConnection) -> str:
    """Return the file and line of the application that sends a statement now.

    Under asyncio a task may have only SQLAlchemy to run, and who made it is on no stack: `gather(session.execute(...))`
    makes some, and SQLAlchemy one for what is left to do at the end of `transaction`, where it flushes and commits.
    For these it is "after" the last place in that task's maker that is known, if there is one.
    """
    found = place(inspect.currentframe())
    driver: Any = connection.dbapi_connection
    if found is None and isinstance(driver, AdaptedConnection):
        # SQLAlchemy runs its blocking half on a stack of its own; who awaits it is on the one of coroutines.
        found = driver.run_async(place_of_who_awaits)
    if found is None:
        return f"after {last}" if (last := LAST_PLACE.get()) else "caller unknown"
    LAST_PLACE.set(found)
    return found


async def place_of_who_awaits(_connection: Any) -> str | None:
    return place(inspect.currentframe())


def place(frame: FrameType | None) -> str | None:
    """Return the file and line of the first frame that is the application's, from this one on to its callers."""
    while frame is not None and frame.f_globals.get("__name__") not in EVENT_LOOP:
        if name := name_in_application(frame.f_code.co_filename):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return None


@cache
def name_in_application(file: str) -> str | None:
    """Return how to call a file of the application, from the folder that the process is in; None if it is not one."""
    if file.startswith(OWN) or (LIBRARIES.match(file) and not file.startswith(APPLICATION)):
        return None
    return file.removeprefix(str(Path.cwd()) + os.sep)
