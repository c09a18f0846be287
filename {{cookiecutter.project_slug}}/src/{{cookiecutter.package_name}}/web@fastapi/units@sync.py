"""Sessions of requests.

    @router.post("/companies")
    def add_company(body: NewCompany, session: WriteSession) -> Response: ...

A request is one unit of work: it commits after the endpoint has returned and before the response is sent, so that
no client gets a success that was not committed. Any exception rolls it back, HTTPException too.
"""

from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from ..db.session import transaction


@asynccontextmanager
async def ended_in_thread(unit: AbstractContextManager[Session]) -> AsyncGenerator[Session]:
    """Begin a unit of work here, which sends nothing, and end it in a thread, which waits for the database.

    FastAPI would do both in threads, and a thread hop costs as much as its other work for a request.
    """
    session = unit.__enter__()
    try:
        yield session
    except BaseException as error:
        if not await to_thread(unit.__exit__, type(error), error, error.__traceback__):
            raise
    else:
        await to_thread(unit.__exit__, None, None, None)


# The database is no dependency of its own, because FastAPI resolves each one for every request.
async def unit_of_work(request: Request) -> AsyncGenerator[Session]:
    """Open a unit of work."""
    async with ended_in_thread(transaction(request.app.state.database.writing)) as session:
        yield session


async def read_only_unit(request: Request) -> AsyncGenerator[Session]:
    """Open a unit of work in which the database refuses to write."""
    async with ended_in_thread(transaction(request.app.state.database.reading)) as session:
        yield session


# With another scope than "function" the commit comes after the response, and one that fails was reported as success.
# https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope
WriteSession = Annotated[Session, Depends(unit_of_work, scope="function")]
ReadSession = Annotated[Session, Depends(read_only_unit, scope="function")]
