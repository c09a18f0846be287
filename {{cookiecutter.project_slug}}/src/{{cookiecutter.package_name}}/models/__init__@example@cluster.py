"""What is stored: one module for each table. Import every model here, so that Alembic sees it."""

from ..db.base import Base
from ..db.ledger import AppliedUnit
from .company import Company
from .employee import Employee, Role

__all__ = ["AppliedUnit", "Base", "Company", "Employee", "Role"]
