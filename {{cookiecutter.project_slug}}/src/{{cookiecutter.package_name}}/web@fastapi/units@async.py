"""Sessions of requests.

    @router.post("/companies")
    async def add_company(body: NewCompany, session: WriteSession) -> Response: ...

A request is one unit of work: it commits after the endpoint has returned and before the response is sent, so that
no client gets a success that was not committed. Any exception rolls it back, HTTPException too.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from ..db.session import transaction
from .database import Database


async def opened_database(request: Request) -> Database:
    """Return the database of the running application."""
    database: Database = request.app.state.database
    return database


def deadline(session: AsyncSession) -> asyncio.Timeout:
    """Return a context that cancels an endpoint after as many seconds as one statement may take.

    Use it inside the unit of work: a COMMIT that was cancelled may have happened.
    """
    dialect: Any = session.get_bind().dialect
    return asyncio.timeout(dialect.statement_timeout)


# One dependency, without another one for the database, because FastAPI resolves each for every request.
async def unit_of_work(request: Request) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work."""
    async with transaction(request.app.state.database.writing) as session, deadline(session):
        yield session


async def read_only_unit(request: Request) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work in which the database refuses to write."""
    async with transaction(request.app.state.database.reading) as session, deadline(session):
        yield session


OpenedDatabase = Annotated[Database, Depends(opened_database)]
# With another scope than "function" the commit comes after the response, and one that fails was reported as success.
# https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope
WriteSession = Annotated[AsyncSession, Depends(unit_of_work, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(read_only_unit, scope="function")]
