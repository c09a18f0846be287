"""Columns that many models share. List mixins before Base: `class Company(AuditMixin, Base)`."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, MappedAsDataclass, declared_attr, mapped_column

from .base import Base, ModelMeta
from .types import utcnow


class AuditMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    """When a row was made and when it was last changed, by the clock of the database, in UTC.

    `updated_at` follows every UPDATE that SQLAlchemy writes, `update()` included. It does not
    follow SQL given as text, nor `ON CONFLICT DO UPDATE`: set it there yourself, to `utcnow()`.
    """

    created_at: Mapped[datetime] = mapped_column(server_default=utcnow(), init=False, sort_order=1000)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=utcnow(), onupdate=utcnow(), init=False, sort_order=1001
    )


class VersionMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    """Optimistic locking: of two units of work that change one row, the second is refused.

    Without it "read, compute, write" loses the first one's change without any error. The refusal
    is a StaleDataError at flush; `run_transaction` then runs the whole unit again on the new row. Only the
    flush of an object counts: an update() statement sets `version_id=Model.version_id + 1` itself.

    https://docs.sqlalchemy.org/en/21/orm/versioning.html
    """

    version_id: Mapped[int] = mapped_column(server_default=text("1"), init=False, sort_order=1002)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
        return {**Base.__mapper_args__, "version_id_col": cls.version_id}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if (mapper := cls.__dict__.get("__mapper__")) is not None and mapper.version_id_col is None:
            raise TypeError(
                f"{cls.__name__}.__mapper_args__ replaces the one of VersionMixin, so nothing would be refused: "
                'write it as VersionMixin does, with "version_id_col": cls.version_id'
            )
