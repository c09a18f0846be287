"""What asks whether to restart this process, and whether to send it requests."""

from asyncio import to_thread
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from ...db.session import transaction
from ..migrated import applied_revisions, is_migrated
from ..problems import problems
from ..units import OpenedDatabase

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/live")
async def live() -> Health:
    """Tell that the process answers; not of the database, which no restart of this process mends."""
    return Health()


@router.get("/ready", responses=problems(503))
async def ready(request: Request, database: OpenedDatabase) -> Health:
    """Tell that the database answers, and is migrated as far as this release needs; not while the process stops."""
    if request.app.state.is_stopping:
        raise HTTPException(503, "the process stops")
    try:
        async with transaction(database.reading) as session:  # without a turn: to be busy is not to be unable
            applied = set(await session.scalars(applied_revisions()))
    except (SQLAlchemyError, OSError) as error:
        raise HTTPException(503, "the database does not answer, or was never migrated") from error
    if not await to_thread(is_migrated, applied):
        raise HTTPException(503, "the database is not migrated as far as this release needs")
    return Health()
