"""Checks of your own models against the practices. Each message says what to write instead.

docs/practices.md explains each rule under its identifier, such as DB001.
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from {{ cookiecutter.package_name }} import models
from {{ cookiecutter.package_name }}.db import dialect

METADATA: sa.MetaData = models.Base.metadata
RULES: dict[str, tuple[str, Callable[[], list[str]]]] = {}  # identifier and check, by the name of the rule

T = TypeVar("T")
Check = Callable[[T], Iterator[str]]


def rule(identifier: str, things: Callable[[], Iterable[T]]) -> Callable[[Check[T]], Check[T]]:
    """Register a rule: a function that yields a message for each of these things that breaks it."""

    def register(check: Check[T]) -> Check[T]:
        RULES[check.__name__] = identifier, lambda: [problem for thing in things() for problem in check(thing)]
        return check

    return register


def tables() -> list[sa.Table]:
    """Return all tables, without views."""
    return [table for table in METADATA.sorted_tables if not table.is_view]


def columns() -> list[sa.Column[Any]]:
    """Return all columns of all tables."""
    return [column for table in tables() for column in table.columns]


def mappers() -> list[Mapper[Any]]:
    """Return the mappers of all models that have a table."""
    return [m for m in models.Base.registry.mappers if getattr(m.local_table, "metadata", None) is METADATA]


def relationships() -> list[RelationshipProperty[Any]]:
    """Return all relationships of these models."""
    return [relationship for mapper in mappers() for relationship in mapper.relationships]


@rule("DB001", columns)
def datetimes_are_aware(column: sa.Column[Any]) -> Iterator[str]:
    if isinstance(column.type, sa.DateTime):  # which UTCDateTime is not: it wraps one
        yield f"{column} loses the time zone: write Mapped[datetime] alone, or UTCDateTime()"


@rule("DB002", columns)
def strings_have_a_length(column: sa.Column[Any]) -> Iterator[str]:
    is_prose = isinstance(column.type, sa.Text | sa.Enum) or type(column.type).__name__.endswith("TEXT")  # of MySQL
    if isinstance(column.type, sa.String) and not is_prose and column.type.length is None:
        yield f"{column} has no length, which MySQL refuses: write String(n), or Text() for prose"


@rule("DB003", columns)
def decimals_state_their_digits(column: sa.Column[Any]) -> Iterator[str]:
    if isinstance(column.type, sa.Numeric) and column.type.asdecimal and column.type.scale is None:
        yield f"{column} would lose its decimals on MySQL: write Numeric(precision, scale)"


@rule("DB004", columns)
def enums_are_stored_by_value_as_strings(column: sa.Column[Any]) -> Iterator[str]:
    if not isinstance(column.type, sa.Enum):
        return
    enum, kind = column.type, column.type.enum_class
    if enum.native_enum or enum.create_constraint or (kind and not enum.values_callable):
        name = kind.__name__ if kind else "Literal[...]"
        yield f"{column} needs a migration for each new member: write Mapped[{name}] alone"


@rule("DB005", columns)
def json_columns_store_none_as_null(column: sa.Column[Any]) -> Iterator[str]:
    if isinstance(column.type, sa.JSON) and not column.type.none_as_null:
        yield f"{column} stores None as the string 'null': write Mapped[dict[str, Any]], or JSON(none_as_null=True)"


@rule("DB006", columns)
def constant_defaults_are_also_in_the_database(column: sa.Column[Any]) -> Iterator[str]:
    constant = isinstance(column.default, ScalarElementColumnDefault)
    if constant and not column.nullable and column.server_default is None:
        yield f"{column} has a default in Python only, which SQL and migrations ignore: add server_default"


@rule("DB007", tables)
def foreign_keys_are_indexed(table: sa.Table) -> Iterator[str]:
    for constraint in table.foreign_key_constraints:
        wanted = [column.name for column in constraint.columns]
        if wanted not in [names[: len(wanted)] for names in indexed(table)]:
            key = ", ".join(wanted)
            yield f"{table.name}: {key}: deleting a parent reads this whole table: add index=True"


def indexed(table: sa.Table) -> Iterator[list[str]]:
    """Yield the columns of each key, constraint or index that covers all rows."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        if not any(option.endswith("_where") for option in index.dialect_kwargs):
            # a column, or an order of one: column.desc()
            yield [getattr(getattr(item, "element", item), "name", "") for item in index.expressions]


@rule("DB008", METADATA.tables.values)
def schemas_are_for_postgresql(table: sa.Table) -> Iterator[str]:
    if table.schema and "postgresql" not in dialect.BACKENDS:
        yield f"{table}: only PostgreSQL has schemas within a database: call the table {table.schema}_{table.name}"


@rule("DB009", tables)
def constraints_have_names(table: sa.Table) -> Iterator[str]:
    for constraint in table.constraints:
        if not isinstance(constraint.name, str):  # None, or a symbol where Boolean or Enum made the CHECK
            names = ", ".join(column.name for column in getattr(constraint, "columns", ()))
            yield f"{table.name}: {names}: a migration cannot drop a constraint without a name: give it name=..."


@rule("DB010", relationships)
def relationships_state_how_they_load(relationship: RelationshipProperty[Any]) -> Iterator[str]:
    if relationship.lazy in ("select", True):
        yield f"{relationship} loads lazily, a query for each object: write lazy='raise_on_sql', or 'selectin' if small"
    if relationship.lazy == "subquery":
        yield f"{relationship} gives wrong rows with LIMIT: write lazy='selectin'"


@rule("DB011", relationships)
def relationships_stay_out_of_the_constructor(relationship: RelationshipProperty[Any]) -> Iterator[str]:
    # The key, and the other side, belong to the child, which is the other model if this one has the list.
    is_list = relationship.direction is RelationshipDirection.ONETOMANY
    child = relationship.mapper if is_list else relationship.parent
    keys = {pair[is_list] for pair in relationship.local_remote_pairs or () if relationship.secondary is None}
    others = {each.key for each in child.column_attrs if keys.intersection(each.columns)}
    others |= {relationship.back_populates or ""} if is_list else set()
    if relationship.key in arguments(relationship.parent) and (relationship.viewonly or others & arguments(child)):
        yield f"{relationship} and its key could contradict each other in the constructor: add init=False"


def arguments(mapper: Mapper[Any]) -> set[str]:
    """Return the names that the constructor of a model takes."""
    is_dataclass = dataclasses.is_dataclass(mapper.class_)  # not if it is mapped imperatively
    return {field.name for field in dataclasses.fields(mapper.class_) if field.init} if is_dataclass else set()


@rule("DB012", relationships)
def relationships_have_back_populates(relationship: RelationshipProperty[Any]) -> Iterator[str]:
    if relationship.back_populates:
        other = relationship.mapper.relationships[relationship.back_populates]
        if other.back_populates != relationship.key:
            yield f"{other} does not see changes of {relationship}: add back_populates={relationship.key!r}"


@rule("DB013", mappers)
def server_values_are_read_back(mapper: Mapper[Any]) -> Iterator[str]:
    if mapper.eager_defaults is not True and not getattr(mapper.local_table, "is_view", False):
        yield f"{mapper.class_.__name__} lost eager_defaults: give its mapper eager_defaults=True"


@rule("DB014", lambda: pkgutil.walk_packages(models.__path__, f"{models.__name__}."))
def every_model_is_imported_by_the_models_package(module: pkgutil.ModuleInfo) -> Iterator[str]:
    for name, value in vars(importlib.import_module(module.name)).items():
        is_model = getattr(value, "__module__", None) == module.name and hasattr(value, "__table__")
        if is_model and getattr(models, name, None) is not value:
            yield f"Alembic does not see {name}: import it in models/__init__.py"


@pytest.mark.parametrize(("identifier", "problems"), RULES.values(), ids=RULES)
def test_the_models_follow_the_rule(identifier: str, problems: Callable[[], list[str]]) -> None:
    found = problems()

    assert not found, "\n".join([f"{identifier}, explained in docs/practices.md:", *found])
