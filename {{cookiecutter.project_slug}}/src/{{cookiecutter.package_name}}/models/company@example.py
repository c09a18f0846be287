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
    """A company; removing an employee from its list deletes the row."""

    __tablename__ = "companies"

    name: Mapped[str] = mapped_column(String(100), unique=True)

    employees: Mapped[list["Employee"]] = relationship(
        back_populates="company",
        cascade="all, delete-orphan",
        # The foreign key deletes the employees of a deleted company, without loading them.
        # https://docs.sqlalchemy.org/en/21/orm/cascades.html#using-foreign-key-on-delete-cascade-with-orm-relationships
        passive_deletes=True,
        # A small list is loaded along, by one more SELECT for each 500 companies of a query. For a list that
        # may grow write "raise_on_sql", and a loader option in the query that needs it.
        lazy="selectin",
        order_by="Employee.id",
        init=False,
    )
