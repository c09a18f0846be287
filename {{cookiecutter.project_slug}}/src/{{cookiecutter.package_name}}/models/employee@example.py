"""Employees."""

import enum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db.base import Base
from ..db.keys import Key, KeyMixin
from ..db.mixins import AuditMixin

if TYPE_CHECKING:
    from .company import Company


class Role(enum.Enum):
    """What an employee does; the value is what the database stores."""

    ENGINEER = "engineer"
    MANAGER = "manager"


class Employee(KeyMixin, AuditMixin, Base):
    """Someone who works for one company."""

    __tablename__ = "employees"
    # The name is completed by the convention: ck_employees_hours_positive.
    __table_args__ = (CheckConstraint("weekly_hours > 0", name="hours_positive"),)

    # The key is given to the constructor, the relationship never: it would win over the key silently.
    company_id: Mapped[Key] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254), unique=True, repr=False)
    role: Mapped[Role] = mapped_column(default=Role.ENGINEER, server_default="engineer")
    weekly_hours: Mapped[int] = mapped_column(default=40, server_default=text("40"))

    company: Mapped["Company"] = relationship(
        back_populates="employees",
        # An error instead of a SELECT that nobody wrote. A company that the session already has is no
        # SELECT, and a query that needs it says so: joinedload(Employee.company).
        lazy="raise_on_sql",
        init=False,
    )
