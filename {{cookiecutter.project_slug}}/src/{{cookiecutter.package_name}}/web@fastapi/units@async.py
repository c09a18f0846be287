"""Sessions of requests.

    @router.post("/companies")
    async def add_company(body: NewCompany, session: WriteSession) -> Response: ...

A request is one unit of work: it commits after the endpoint has returned and before the response is sent, so that
no client gets a success that was not committed. Any exception rolls it back, HTTPException too.
"""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from ..db.session import transaction


# The database is no dependency of its own, because FastAPI resolves each one for every request.
async def unit_of_work(request: Request) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work."""
    async with transaction(request.app.state.database.writing) as session:
        yield session


async def read_only_unit(request: Request) -> AsyncGenerator[AsyncSession]:
    """Open a unit of work in which the database refuses to write."""
    async with transaction(request.app.state.database.reading) as session:
        yield session


# With another scope than "function" the commit comes after the response, and one that fails was reported as success.
# https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#early-exit-and-scope
WriteSession = Annotated[AsyncSession, Depends(unit_of_work, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(read_only_unit, scope="function")]
