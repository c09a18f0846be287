"""Health checks: whether to restart this process (liveness), and whether to send it requests (readiness).

Monitors may send HEAD.
"""

import logging
from asyncio import to_thread
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from ...db.session import transaction
from ..migrated import applied_revisions, is_migrated
from ..parameters import StrictRoute
from ..problems import problems

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/health", tags=["health"], route_class=StrictRoute)


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.head("/live", include_in_schema=False)
@router.get("/live")
async def live() -> Health:
    """Liveness: the process responds. The database is not asked, because a restart would not fix it."""
    return Health()


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses=problems(503))
async def ready(request: Request) -> Health:
    """Readiness: the process is not stopping, and the database is up and migrated far enough."""
    if request.app.state.is_stopping:
        raise HTTPException(503, "the process is stopping")
    try:
        # Not limited: a busy process is still ready.
        async with transaction(request.app.state.database.reading) as session:
            query = await to_thread(applied_revisions)  # the first call reads files
            applied = set(await session.scalars(query))
    except (SQLAlchemyError, OSError) as error:
        logger.warning("not ready: %s", error)
        raise HTTPException(503, "the database does not respond, or was never migrated") from error
    if not is_migrated(applied):
        raise HTTPException(503, "the database is not migrated far enough for this release")
    return Health()
