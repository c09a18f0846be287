"""The declarative base of all models, and checks that a model keeps its guarantees."""

import dataclasses
import enum
import uuid
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, dataclass_transform
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Enum, LargeBinary, MetaData, Numeric, String, Time, Uuid, inspect
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase,
    MappedAsDataclass,
    MappedColumn,
    Mapper,
    Relationship,
    column_property,
    composite,
    declared_attr,
    deferred,
    mapped_column,
    relationship,
    synonym,
)
from sqlalchemy.orm.decl_api import DCTransformDeclarative
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from .types import UTCDateTime

# A migration cannot alter or drop a constraint without a name. `column_0_N_name` names all columns;
# with `column_0_name`, UNIQUE (a, b) and UNIQUE (a, c) would get the same name.
# https://docs.sqlalchemy.org/en/21/core/constraints.html#configuring-constraint-naming-conventions
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(members: type[enum.Enum]) -> list[str]:
    if issubclass(members, int):
        raise TypeError(f"{members.__name__} would be sorted and compared as text: write Mapped[int], or an enum.Enum")
    values = [member.value for member in members]
    return values if all(isinstance(value, str) for value in values) else [member.name for member in members]


# Stored by value in a VARCHAR (by name, unless all values are strings), without the database's ENUM or a CHECK: a new
# member needs no migration, and old code keeps running beside new code.
ENUM = Enum(
    enum.Enum, native_enum=False, create_constraint=False, validate_strings=True, length=64, values_callable=_values
)

# The default column type of each `Mapped[...]`.
TYPES: dict[Any, Any] = {
    datetime: UTCDateTime(),
    # MySQL's TIME has no fractions of a second.
    time: Time().with_variant(mysql.TIME(fsp=6), "mysql", "mariadb"),
    # MySQL refuses VARCHAR without a length; 255 fits into an index there.
    str: String(255),
    # Bare NUMERIC is NUMERIC(10, 0) on MySQL and stores 1.25 as 1. SQLite stores doubles of about 15
    # digits: keep large amounts there as integers of the smallest unit.
    Decimal: Numeric(precision=20, scale=6),
    # MySQL's BLOB ends at 64 KiB.
    bytes: LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb"),
    # MariaDB has a UUID type and MySQL has none: CHAR(32) is the same on both.
    uuid.UUID: Uuid().with_variant(Uuid(native_uuid=False), "mysql", "mariadb"),
    enum.Enum: ENUM,
    Literal: ENUM,
    # A JSON column that saves changes of its top level: `document["key"] = 1`. After a deeper one,
    # `document["a"]["b"] = 1`, call `flag_modified(row, "document")`. Keep the row in a variable:
    # `session.get_one(User, 1).document["key"] = 1` is lost, because the row is gone before the change. None is NULL,
    # not JSON's "null". https://docs.sqlalchemy.org/en/21/orm/extensions/mutable.html
    # On PostgreSQL it is JSONB: values of its JSON cannot be compared, so SELECT DISTINCT and GROUP BY fail.
    dict[str, Any]: MutableDict.as_mutable(
        JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    ),
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
        synonym,
    ),
)
class ModelMeta(DCTransformDeclarative):
    """The metaclass of models: type checkers see that they inherit `kw_only` from Base, as at runtime."""


class Base(
    MappedAsDataclass,
    DeclarativeBase,
    metaclass=ModelMeta,
    kw_only=True,  # fields with and without defaults in any order
    eq=False,  # compare by identity: with eq=True instances are unhashable, and == may send SQL
    repr=False,  # replaced below: the generated one loads every relationship
):
    """The base class of all models.

    Each option above and each entry below prevents a silent failure. A class that loses one of the options,
    or shares one default between all objects, raises TypeError when it is defined.

    https://docs.sqlalchemy.org/en/21/orm/dataclasses.html
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES
    # Server-generated values, such as updated_at, are read back by the statement that wrote them.
    # Otherwise the attribute expires, and reading it sends a SELECT, or raises MissingGreenlet under
    # asyncio. The price: a flush updates rows one by one, so change many rows with one update(); and
    # without RETURNING (MySQL, and UPDATE on MariaDB) each such row takes one more SELECT.
    # https://docs.sqlalchemy.org/en/21/orm/mapping_api.html#sqlalchemy.orm.Mapper.params.eager_defaults
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - not annotated, or it would be a field

    if TYPE_CHECKING:
        # pyright assumes that MappedAsDataclass, which has eq=True, removes it.
        def __hash__(self) -> int: ...

    def __init_subclass__(cls, **options: Any) -> None:
        _refuse_lost_options(cls, options)
        _refuse_shared_defaults(cls)
        if not cls.__dict__.get("__abstract__"):
            _OWN_MAPPER_ARGS[cls] = cls.__dict__.get("__mapper_args__", {})
            merged = declared_attr.directive(_mapper_args)
            cls.__mapper_args__ = merged  # type: ignore[assignment]  # SQLAlchemy documents both
        super().__init_subclass__(**options)
        _refuse_lost_fields(cls)

    def __repr__(self) -> str:
        """Return the loaded columns, without loading any; mapped_column(repr=False) leaves one out."""
        state = inspect(self)
        hidden = {field.name for field in dataclasses.fields(self) if not field.repr}
        hidden |= {own.key for each in state.mapper.composites if each.key in hidden for own in each.props}
        loaded = ", ".join(
            f"{column.key}={state.dict[column.key]!r}"
            for column in state.mapper.column_attrs
            if column.key in state.dict and column.key not in hidden
        )
        return f"<{type(self).__name__} {loaded}>"

    def __copy__(self) -> Self:
        raise TypeError("a copy would be no row of its own, and be lost: write dataclasses.replace(...)")


# Models define these themselves, before the merged arguments take their place.
_OWN_MAPPER_ARGS: WeakKeyDictionary[type[Base], Any] = WeakKeyDictionary()


def _mapper_args(model: type[Base]) -> dict[str, Any]:
    """Return the merged `__mapper_args__` of Base, of the mixins and of the model, whose own win.

    SQLAlchemy takes only the first `__mapper_args__` in the MRO: a model with its own would lose `eager_defaults`,
    and the version of VersionMixin. A mapped parent passes a dictionary on by itself; a `declared_attr` is called
    for each model.
    """
    parent = next((base for base in model.__mro__[1:] if "__mapper__" in base.__dict__), Base)
    merged: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        arguments = _OWN_MAPPER_ARGS.get(base, base.__dict__.get("__mapper_args__", {}))
        is_called = hasattr(arguments, "__get__")
        own = arguments.__get__(None, model) if is_called else arguments
        if base is Base or not issubclass(parent, base):
            merged |= own
        elif is_called:  # the version is of the parent's table alone
            merged |= {name: value for name, value in own.items() if name != "version_id_col"}
    return merged


def _refuse_lost_options(cls: type[Base], options: dict[str, Any]) -> None:
    # SQLAlchemy takes the options from the first dataclass among the bases, so one mixin without
    # options resets all of them: `class User(SomeMixin, Base)` would be unhashable.
    if "__eq__" in cls.__dict__:
        raise TypeError(
            f"{cls.__name__} defines __eq__, but sets and sessions compare models by identity: "
            "remove it, and compare values in a method with another name"
        )
    for base in cls.__mro__[1:]:
        if issubclass(base, Base) or not dataclasses.is_dataclass(base):
            continue
        lost = {
            "kw_only": any(field.init and not field.kw_only for field in dataclasses.fields(base)),
            "eq": base.__eq__ is not object.__eq__,
            "repr": hasattr(base.__repr__, "__wrapped__"),  # as the dataclass module makes it
        }
        if any(lost.values()):
            raise TypeError(
                f"{cls.__name__} loses {', '.join(name for name in lost if lost[name])} through {base.__name__}: give "
                f"it the options of Base, class {base.__name__}(MappedAsDataclass, kw_only=True, eq=False, repr=False)"
            )
    if changed := [name for name in ("kw_only", "eq", "repr") if name in options]:
        raise TypeError(f"{cls.__name__} sets {', '.join(changed)}, which every model inherits from Base: remove it")


def _refuse_shared_defaults(cls: type[Base]) -> None:
    attributes = {name: value for base in reversed(cls.__mro__) for name, value in base.__dict__.items()}
    for name, value in attributes.items():
        default = value.column.default if isinstance(value, MappedColumn) else None
        if not isinstance(default, ScalarElementColumnDefault):
            continue
        if isinstance(default.arg, list | dict | set):
            raise TypeError(
                f"{cls.__name__}.{name}: all objects would share default={default.arg!r}: "
                f"write default_factory={type(default.arg).__name__}"
            )
        if isinstance(default.arg, datetime | uuid.UUID):
            raise TypeError(
                f"{cls.__name__}.{name}: default={default.arg!r} is computed once, at import: "
                "write default_factory=, or server_default=utcnow() for a time"
            )


def _refuse_lost_fields(cls: type[Base]) -> None:
    """Refuse what SQLAlchemy leaves out without an error, or with a warning."""
    mapper: Mapper[Any] | None = cls.__dict__.get("__mapper__")  # an abstract class has none
    for field in dataclasses.fields(cls):
        if callable(field.default):
            raise TypeError(f"{cls.__name__}.{field.name}: the default is a function itself: write default_factory=")
        has_value = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        is_column = mapper is None or mapper.has_property(field.name)
        if has_value and not is_column and "Mapped[" in str(field.type):
            raise TypeError(f"{cls.__name__}.{field.name} would be no column: write mapped_column(default=...)")
