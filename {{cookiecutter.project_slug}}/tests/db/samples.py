"""Test models, which the application does not have, and which have no migrations."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped, mapped_column

from {{ cookiecutter.package_name }}.db.base import NAMING_CONVENTION, Base
from {{ cookiecutter.package_name }}.db.keys import KeyMixin
from {{ cookiecutter.package_name }}.db.mixins import AuditMixin, VersionMixin


class SampleBase(Base):
    """The base class of test models, with metadata of its own, so that migrations leave them out."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Color(enum.Enum):
    """An enum whose names and values differ."""

    RED = "dark red"
    BLUE = "light blue"


class Sample(KeyMixin, AuditMixin, SampleBase):
    """A model with a column for each entry of the type map."""

    __tablename__ = "samples"

    name: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime | None] = mapped_column(default=None)
    amount: Mapped[Decimal | None] = mapped_column(default=None)
    color: Mapped[Color | None] = mapped_column(default=None)
    document: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    data: Mapped[bytes | None] = mapped_column(default=None)


class Counter(KeyMixin, VersionMixin, SampleBase):
    """A model with a row that concurrent units of work change."""

    __tablename__ = "counters"

    value: Mapped[int] = mapped_column(default=0)
