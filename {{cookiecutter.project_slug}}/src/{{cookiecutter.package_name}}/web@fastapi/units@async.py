"""The sessions of requests.

    @router.post("/companies")
    async def add_company(body: NewCompany, session: WriteSession) -> CompanyBody: ...

A request is one unit of work: it commits when the endpoint has returned and before the response is sent, so that
no client is told of something that was not kept. Any exception rolls it back, HTTPException too.
"""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from ..db.session import transaction
from .database import Database
from .turns import Turn


async def opened_database(request: Request) -> Database:
    """Return the database of the running application; tests replace it."""
    database: Database = request.app.state.database
    return database


OpenedDatabase = Annotated[Database, Depends(opened_database)]


async def unit_of_work(database: OpenedDatabase, _turn: Turn) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work."""
    async with transaction(database.writing) as session:
        yield session


async def read_only_unit(database: OpenedDatabase, _turn: Turn) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work in which the database refuses to write."""
    async with transaction(database.reading) as session:
        yield session


# With another scope than "function" the commit comes after the response, and one that fails was answered with success.
# https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope
WriteSession = Annotated[AsyncSession, Depends(unit_of_work, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(read_only_unit, scope="function")]
