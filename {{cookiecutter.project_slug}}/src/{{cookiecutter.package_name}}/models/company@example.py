"""Companies."""

from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db.base import Base
from ..db.keys import KeyMixin
from ..db.mixins import AuditMixin, VersionMixin

if TYPE_CHECKING:
    from .employee import Employee


class Company(KeyMixin, AuditMixin, VersionMixin, Base):
    """A company owns its employees: who is removed from the list is deleted."""

    __tablename__ = "companies"

    name: Mapped[str] = mapped_column(String(100), unique=True)

    employees: Mapped[list["Employee"]] = relationship(
        back_populates="company",
        cascade="all, delete-orphan",
        # The foreign key deletes the rows of a company that goes; they need not be loaded for it.
        # https://docs.sqlalchemy.org/en/21/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships
        passive_deletes=True,
        # Small and owned, so it comes along: one more SELECT for all companies of a query. For a list
        # that may grow, "raise_on_sql", and a query where it is needed.
        lazy="selectin",
        order_by="Employee.id",
        init=False,
    )
