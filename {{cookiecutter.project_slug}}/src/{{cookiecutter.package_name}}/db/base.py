"""Base: what every model has in common, and what no model may lose."""

import dataclasses
import enum
import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from sqlalchemy import JSON, Enum, LargeBinary, MetaData, Numeric, String, Uuid, inspect
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase,
    MappedAsDataclass,
    MappedColumn,
    Mapper,
    Relationship,
    column_property,
    composite,
    deferred,
    mapped_column,
    query_expression,
    relationship,
    synonym,
)
from sqlalchemy.orm.decl_api import DCTransformDeclarative
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from .types import UTCDateTime

# Without names a constraint cannot be altered or dropped by a migration. `column_0_N_name` names
# all columns; with `column_0_name`, UNIQUE (a, b) and UNIQUE (a, c) would get the same name.
# https://docs.sqlalchemy.org/en/21/core/constraints.html#configuring-constraint-naming-conventions
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


# What `Mapped[...]` means where a column does not say more.
TYPES: dict[Any, Any] = {
    datetime: UTCDateTime(),
    # MySQL refuses VARCHAR without a length; 255 fits into an index there.
    str: String(255),
    # Bare NUMERIC is NUMERIC(10, 0) on MySQL and stores 1.25 as 1. SQLite counts in doubles:
    # about 15 digits survive, so keep large amounts there as integers of the smallest unit.
    Decimal: Numeric(precision=20, scale=6),
    # MySQL's BLOB ends at 64 KiB.
    bytes: LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"),
    # MariaDB has a UUID type and MySQL has none: CHAR(32) is the same on both.
    uuid.UUID: Uuid().with_variant(Uuid(native_uuid=False), "mysql", "mariadb"),
    # The value and not the name, and a VARCHAR instead of the database's own ENUM or a CHECK:
    # a new member then needs no migration, and old code keeps running beside new code.
    enum.Enum: Enum(
        enum.Enum,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=64,
        values_callable=_values,
    ),
    # `document["key"] = 1` is saved (a plain JSON column notices only `document = ...`), but nothing
    # deeper: after `document["a"]["b"] = 1` call `document.changed()`. None is NULL, not JSON's "null".
    # https://docs.sqlalchemy.org/en/21/orm/extensions/mutable.html
    dict[str, Any]: MutableDict.as_mutable(JSON(none_as_null=True)),
}


@dataclass_transform(
    kw_only_default=True,
    eq_default=False,
    field_specifiers=(
        MappedColumn,
        Relationship,
        mapped_column,
        relationship,
        composite,
        column_property,
        deferred,
        query_expression,
        synonym,
    ),
)
class ModelMeta(DCTransformDeclarative):
    """Tells type checkers that models inherit `kw_only` from Base, as they do at runtime."""


class Base(
    MappedAsDataclass,
    DeclarativeBase,
    metaclass=ModelMeta,
    kw_only=True,  # fields with and without defaults in any order
    eq=False,  # identity: with eq=True instances are unhashable, and == can load from the database
    repr=False,  # ours below; the one of dataclasses loads every relationship
):
    """The base class of all models.

    Each option above and each entry below prevents a failure that would be silent; a class that
    loses one of them is refused with a TypeError when it is defined.

    https://docs.sqlalchemy.org/en/21/orm/dataclasses.html
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES
    # Values that the database makes, such as updated_at, are read back by the statement that wrote
    # them. Otherwise the attribute expires, and reading it is one more SELECT, or MissingGreenlet
    # under asyncio. The price: changed rows are updated one by one in a flush, so change many rows
    # with one update() statement; and where there is no RETURNING (MySQL, and UPDATE on MariaDB),
    # each such row is one more SELECT.
    # https://docs.sqlalchemy.org/en/21/orm/mapping_api.html#sqlalchemy.orm.Mapper.params.eager_defaults
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - not annotated, or it would be a field

    if TYPE_CHECKING:
        # pyright believes that MappedAsDataclass, which has eq=True, took it from all models.
        def __hash__(self) -> int: ...

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _refuse_lost_options(cls)
        if (mapper := cls.__dict__.get("__mapper__")) is not None:
            _refuse_lost_eager_defaults(cls, mapper)
            _refuse_mutable_defaults(cls, mapper)

    def __repr__(self) -> str:
        """Show the columns that are loaded; never load one. Leave one out: mapped_column(repr=False)."""
        state = inspect(self)
        hidden = {field.name for field in dataclasses.fields(self) if not field.repr}
        loaded = ", ".join(
            f"{column.key}={state.dict[column.key]!r}"
            for column in state.mapper.column_attrs
            if column.key in state.dict and column.key not in hidden
        )
        return f"<{type(self).__name__} {loaded}>"


def _refuse_lost_options(cls: type[Base]) -> None:
    # SQLAlchemy takes the options from the first dataclass among the bases, so one mixin that
    # states none switches them all back: `class User(SomeMixin, Base)` would be unhashable.
    lost = {
        "kw_only": any(field.init and not field.kw_only for field in dataclasses.fields(cls)),
        "eq": cls.__eq__ is not object.__eq__,
        "repr": hasattr(cls.__repr__, "__wrapped__"),  # as the dataclass module makes it
    }
    if any(lost.values()):
        raise TypeError(
            f"{cls.__name__} lost {', '.join(name for name in lost if lost[name])}: give each of its mixins "
            "the options of Base, as in class Mixin(MappedAsDataclass, kw_only=True, eq=False, repr=False)"
        )


def _refuse_lost_eager_defaults(cls: type[Base], mapper: Mapper[Any]) -> None:
    if mapper.eager_defaults is not True:
        raise TypeError(
            f"{cls.__name__}.__mapper_args__ replaces the one of Base, and eager_defaults with it: "
            "write __mapper_args__ = {**Base.__mapper_args__, ...}"
        )


def _refuse_mutable_defaults(cls: type[Base], mapper: Mapper[Any]) -> None:
    for column in mapper.columns:
        default = column.default
        if not isinstance(default, ScalarElementColumnDefault):
            continue
        if isinstance(default.arg, list | dict | set):
            raise TypeError(
                f"{cls.__name__}.{column.key}: all objects would share the one default={default.arg!r}; "
                f"write default_factory={type(default.arg).__name__}"
            )
        if isinstance(default.arg, datetime | uuid.UUID):
            raise TypeError(
                f"{cls.__name__}.{column.key}: all objects would have the default={default.arg!r} of the moment of "
                "the import; write default_factory=, or for a time server_default=utcnow()"
            )
