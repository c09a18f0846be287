"""Let a listener raise that was registered before the project's session was imported; print what came of it."""
# mypy: disable-error-code="import-not-found"

import asyncio
import sys
from typing import Any, NoReturn

from sqlalchemy import event, orm, select


@event.listens_for(orm.Session, "after_begin")
def refuse(*_: Any) -> NoReturn:
    raise LookupError("nobody is logged in")


async def main(url: str) -> None:
    """Fail in a unit of work, and count the connections that are not given back."""
    from my_project.db.session import make_engine, make_sessions, transaction

    engine = make_engine(url)
    try:
        async with transaction(make_sessions(engine)) as session:
            await session.scalar(select(1))
    except Exception as error:  # noqa: BLE001 - it is printed
        print(repr(error), engine.pool.status().rpartition(" ")[2], sep="\n")
    await engine.dispose()


asyncio.run(main(sys.argv[1]))
