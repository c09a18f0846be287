"""Print what an asynchronous project logs of statements that are sent in many ways: `callers.py URL`.

Each line is a word of a statement, and what is logged before it. Each statement has a line of this file for itself.
"""
# mypy: disable-error-code="import-not-found"

import asyncio
import logging
import re
import sys
from contextlib import suppress
from typing import Any

from my_project.db.echo import LOG, Echo
from my_project.db.session import make_engine, make_sessions, transaction
from sqlalchemy import text

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) SELECT max(i), 'cancelled' FROM n"


class Words(logging.Handler):
    """Prints the word in the quotes of each statement, or the statement, after what is said of it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one."""
        first, *sql = record.getMessage().splitlines()
        word = re.findall("'(.*)'", " ".join(sql)) or [sql[0].strip()]
        print(word[0], first, sep=": ")


async def inner(session: Any) -> None:
    """Be awaited by another function of the application."""
    await session.execute(text("SELECT 'awaited'"))


def blocking(session: Any) -> None:
    """Be a function of the application that runs within SQLAlchemy."""
    session.execute(text("SELECT 'blocking'"))


async def main(url: str) -> None:
    """Send them all."""
    engine = make_engine(url, echo=Echo())
    sessions = make_sessions(engine)
    async with sessions() as session:
        await asyncio.create_task(session.execute(text("SELECT 'first'")))
        await inner(session)
        await asyncio.gather(session.execute(text("SELECT 'gathered'")))
        await session.run_sync(blocking)
        await asyncio.wait_for(inner(session), 10)
        await asyncio.gather(inner(session))
        async for _ in await session.stream(text("SELECT 'streamed'")):
            pass
    async with transaction(sessions) as session:
        await session.execute(text("SELECT 'last'"))
    async with sessions() as session:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.execute(text(SLOW))
    await engine.dispose()


if __name__ == "__main__":
    LOG.addHandler(Words())
    asyncio.run(main(sys.argv[1]))
