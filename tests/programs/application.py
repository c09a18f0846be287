"""Start an application, migrate, and use its engine; the URL is the one of the settings.

`application.py WAY [QUERY]` migrates "directly" or "in a thread", in both cases while an event loop runs. Prints, as
JSON, what the application had set up of logging and what is left of it, and what its own engine finds.
"""
# mypy: disable-error-code="import-not-found"

import asyncio
import json
import logging
import sys
from typing import Any

from my_project.db.session import make_engine
from my_project.migrations.commands import upgrade
from my_project.settings import Settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

VERSION = "SELECT version_num FROM alembic_version"


def logging_state() -> dict[str, Any]:
    """Return what a migration must not touch."""
    loggers = {name: logging.getLogger(name) for name in ("app", "alembic", "sqlalchemy", "sqlalchemy.engine")}
    return {
        "root": [logging.root.level, [type(handler).__name__ for handler in logging.root.handlers]],
        **{name: [logger.level, logger.disabled, logger.propagate] for name, logger in loggers.items()},
    }


async def found(engine: Any, query: str) -> str:
    """Return what the application's engine finds."""
    if isinstance(engine, AsyncEngine):
        async with engine.connect() as connection:
            value = await connection.scalar(text(query))
        await engine.dispose()
    else:
        with engine.connect() as connection:
            value = connection.scalar(text(query))
        engine.dispose()
    return str(value)


async def main(way: str, query: str = VERSION) -> None:
    url = Settings.load().database_url
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("app").setLevel(logging.DEBUG)
    before = logging_state()
    if way == "directly":
        upgrade(url)
    else:
        await asyncio.to_thread(upgrade, url)
    after = logging_state()
    print(json.dumps({"before": before, "after": after, "found": await found(make_engine(url), query)}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
