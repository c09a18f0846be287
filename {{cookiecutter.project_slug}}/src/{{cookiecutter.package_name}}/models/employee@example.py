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
    """The role of an employee; the database stores the value."""

    ENGINEER = "engineer"
    MANAGER = "manager"


class Employee(KeyMixin, AuditMixin, Base):
    """Someone who works for one company."""

    __tablename__ = "employees"
    # The name is completed by the convention: ck_employees_hours_positive.
    __table_args__ = (CheckConstraint("weekly_hours > 0", name="hours_positive"),)

    # The constructor takes the key, not the relationship, which would silently win over the key.
    company_id: Mapped[Key] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254), unique=True, repr=False)
    role: Mapped[Role] = mapped_column(default=Role.ENGINEER, server_default="engineer")
    weekly_hours: Mapped[int] = mapped_column(default=40, server_default=text("40"))

    company: Mapped["Company"] = relationship(
        back_populates="employees",
        # Lazy loading is an error, unless the session already has the company. A query that needs it
        # loads it along: joinedload(Employee.company).
        lazy="raise_on_sql",
        init=False,
    )
