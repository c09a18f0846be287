"""Models of a developer who has not read anything: planted into a project as `models/bad.py`.

Each class breaks the one rule of `tests/test_conventions.py` that its docstring names.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import JSON, Boolean, DateTime, Enum, ForeignKey, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship


class Size(enum.Enum):
    SMALL = "s"


class NaiveTime(KeyMixin, Base):
    """datetimes_are_aware"""

    __tablename__ = "naive_times"
    at: Mapped[datetime] = mapped_column(DateTime)


class EndlessText(KeyMixin, Base):
    """strings_have_a_length"""

    __tablename__ = "endless_texts"
    name: Mapped[str] = mapped_column(String)


class WholeNumber(KeyMixin, Base):
    """decimals_state_their_digits"""

    __tablename__ = "whole_numbers"
    price: Mapped[Decimal] = mapped_column(Numeric)


class NativeEnum(KeyMixin, Base):
    """enums_are_stored_by_value_as_strings"""

    __tablename__ = "native_enums"
    size: Mapped[Size] = mapped_column(Enum(Size))


class CheckedEnum(KeyMixin, Base):
    """enums_are_stored_by_value_as_strings: a new member would break the CHECK."""

    __tablename__ = "checked_enums"
    size: Mapped[str] = mapped_column(Enum("S", "L", native_enum=False, create_constraint=True, name="size"))


class NullText(KeyMixin, Base):
    """json_columns_store_none_as_null"""

    __tablename__ = "null_texts"
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class PythonDefault(KeyMixin, Base):
    """constant_defaults_are_also_in_the_database"""

    __tablename__ = "python_defaults"
    count: Mapped[int] = mapped_column(default=0)


class UnnamedCheck(KeyMixin, Base):
    """constraints_have_names: an unnamed CheckConstraint is refused by SQLAlchemy itself, this one is not."""

    __tablename__ = "unnamed_checks"
    active: Mapped[bool] = mapped_column(Boolean(create_constraint=True))


class Parent(KeyMixin, Base):
    """relationships_have_back_populates: `children` does not name its other side."""

    __tablename__ = "parents"
    children: Mapped[list["Child"]] = relationship(lazy="raise_on_sql", init=False)


class Child(KeyMixin, Base):
    """foreign_keys_are_indexed: `parent_id` is not; relationships_state_how_they_load: `parent` does not."""

    __tablename__ = "children"
    parent_id: Mapped[Key] = mapped_column(ForeignKey("parents.id"))
    parent: Mapped[Parent] = relationship(back_populates="children", init=False)


class Grandchild(KeyMixin, Base):
    """relationships_stay_out_of_the_constructor"""

    __tablename__ = "grandchildren"
    child_id: Mapped[Key] = mapped_column(ForeignKey("children.id"), index=True)
    child: Mapped[Child] = relationship(lazy="subquery", default=None)


class Shelf(KeyMixin, Base):
    """relationships_stay_out_of_the_constructor: its books have the key in theirs, and its lamps have not."""

    __tablename__ = "shelves"
    books: Mapped[list["Book"]] = relationship(lazy="selectin", default_factory=list)
    lamps: Mapped[list["Lamp"]] = relationship(lazy="selectin", default_factory=list)


class Book(KeyMixin, Base):
    """A child that may be given the key of another parent."""

    __tablename__ = "books"
    shelf_id: Mapped[Key] = mapped_column(ForeignKey("shelves.id"), index=True)


class Lamp(KeyMixin, Base):
    """A child that only its parent gives a key."""

    __tablename__ = "lamps"
    shelf_id: Mapped[Key] = mapped_column(ForeignKey("shelves.id"), index=True, init=False)


class PartlyIndexed(KeyMixin, Base):
    """foreign_keys_are_indexed: not all rows of the table, and not the column itself."""

    __tablename__ = "partly_indexed"
    __table_args__ = (
        Index("ix_partly", "child_id", sqlite_where=text("child_id > 1")),
        Index("ix_expression", text("abs(parent_id)")),
    )
    child_id: Mapped[Key] = mapped_column(ForeignKey("children.id"))
    parent_id: Mapped[Key] = mapped_column(ForeignKey("parents.id"))


class Elsewhere(KeyMixin, Base):
    """schemas_are_for_postgresql"""

    __tablename__ = "orders"
    __table_args__ = {"schema": "sales"}  # noqa: RUF012


class ReadLater(KeyMixin, Base):
    """server_values_are_read_back: where Base lets it pass."""

    __tablename__ = "read_laters"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012
