"""Columns that many models share. List mixins before Base: `class Company(AuditMixin, Base)`."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, Mapper, declared_attr, mapped_column, object_session

from .base import ModelMeta
from .types import utcnow


class AuditMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    """The server time at which a row was inserted and last updated, in UTC.

    A flush sets `updated_at`, also for a change of a joined child's own columns, and so does `update()`. SQL strings
    and `ON CONFLICT DO UPDATE` do not: set it to `utcnow()` there. Nor does `update()` of a joined child's own
    columns: update the parent in a second statement.
    """

    created_at: Mapped[datetime] = mapped_column(server_default=utcnow(), init=False, sort_order=1000)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=utcnow(), onupdate=utcnow(), init=False, sort_order=1001
    )

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        mapper: Mapper[Any] | None = cls.__dict__.get("__mapper__")
        if mapper is not None and mapper.inherits is not None and mapper.local_table is not mapper.inherits.local_table:
            event.listen(cls, "before_update", _touch, propagate=True)


def _touch(_mapper: Mapper[Any], _connection: Connection, target: Any) -> None:
    # `updated_at` is in the table of the parent, which a change of the child's own columns does not update.
    # https://docs.sqlalchemy.org/en/21/orm/events.html#sqlalchemy.orm.MapperEvents.before_update
    session = object_session(target)
    is_given = inspect(target).attrs.updated_at.history.has_changes()
    if session is not None and not is_given and session.is_modified(target, include_collections=False):
        target.updated_at = utcnow()


class VersionMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    """Optimistic locking: if two units of work change one row, the second one raises StaleDataError at flush.

    Without it "read, compute, write" loses the first change without an error. `run_transaction` retries the
    whole unit on the new row. An update() statement has to set `version_id=Model.version_id + 1` itself.

    https://docs.sqlalchemy.org/en/21/orm/versioning.html
    """

    version_id: Mapped[int] = mapped_column(server_default=text("1"), init=False, sort_order=1002)

    if not TYPE_CHECKING:  # pyright would refuse the plain dictionaries of models

        @declared_attr.directive
        def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
            return {"version_id_col": cls.version_id}
