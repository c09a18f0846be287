"""Models, one module for each table. Import every model here, so that Alembic sees it."""

from ..db.base import Base
from .company import Company
from .employee import Employee, Role

__all__ = ["Base", "Company", "Employee", "Role"]
