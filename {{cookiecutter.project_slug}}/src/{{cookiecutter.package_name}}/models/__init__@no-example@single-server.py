"""Models, one module for each table. Import every model here, so that Alembic sees it."""

from ..db.base import Base

__all__ = ["Base"]
