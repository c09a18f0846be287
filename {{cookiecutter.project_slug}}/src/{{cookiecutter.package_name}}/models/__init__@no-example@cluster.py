"""What is stored: one module for each table. Import every model here, so that Alembic sees it."""

from ..db.base import Base
from ..db.ledger import AppliedUnit

__all__ = ["AppliedUnit", "Base"]
