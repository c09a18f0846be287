"""Models, one module for each table. Import every model here, so that Alembic sees it."""

from ..db.base import Base
from ..db.cluster.idempotency import IdempotencyRecord

__all__ = ["Base", "IdempotencyRecord"]
