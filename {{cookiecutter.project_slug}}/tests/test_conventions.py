"""The practices, checked on your own models as they grow. Each message says what to write instead.

`docs/practices.md` has the reason for each rule.
"""

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from {{ cookiecutter.package_name }} import models
from {{ cookiecutter.package_name }}.db import dialect

METADATA: sa.MetaData = models.Base.metadata
RULES: list[Callable[[], Iterator[str]]] = []


def rule(check: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """Register a function that yields a sentence for each place that breaks the rule of its name."""
    RULES.append(check)
    return check


def tables() -> Iterator[sa.Table]:
    """All tables, without views."""
    yield from (table for table in METADATA.sorted_tables if not table.is_view)


def columns() -> Iterator[sa.Column[Any]]:
    """All columns of all tables."""
    for table in tables():
        yield from table.columns


def mappers() -> list[Mapper[Any]]:
    """All models of the application that have a table."""
    return [m for m in models.Base.registry.mappers if getattr(m.local_table, "metadata", None) is METADATA]


@rule
def datetimes_are_aware() -> Iterator[str]:
    for column in columns():
        if isinstance(column.type, sa.DateTime):  # which UTCDateTime is not: it wraps one
            yield f"{column} loses the time zone: write Mapped[datetime] alone, or UTCDateTime()"


@rule
def strings_have_a_length() -> Iterator[str]:
    for column in columns():
        is_prose = isinstance(column.type, sa.Text | sa.Enum) or type(column.type).__name__.endswith("TEXT")  # of MySQL
        if isinstance(column.type, sa.String) and not is_prose and column.type.length is None:
            yield f"{column} has no length, which MySQL refuses: write String(n), or Text() for prose"


@rule
def decimals_state_their_digits() -> Iterator[str]:
    for column in columns():
        if isinstance(column.type, sa.Numeric) and column.type.asdecimal and column.type.scale is None:
            yield f"{column} would be cut to whole numbers by MySQL: write Numeric(precision, scale)"


@rule
def enums_are_stored_by_value_as_text() -> Iterator[str]:
    for column in columns():
        enum = column.type
        if not isinstance(enum, sa.Enum):
            continue
        by_name = enum.enum_class and not enum.values_callable
        if enum.native_enum or enum.create_constraint or by_name:
            name = enum.enum_class.__name__ if enum.enum_class else "Literal[...]"
            yield f"{column} needs a migration for each new member: write Mapped[{name}] alone"


@rule
def documents_that_are_none_are_null() -> Iterator[str]:
    for column in columns():
        if isinstance(column.type, sa.JSON) and not column.type.none_as_null:
            yield f"{column} stores None as the text 'null': write Mapped[dict[str, Any]], or JSON(none_as_null=True)"


@rule
def constant_defaults_are_also_in_the_database() -> Iterator[str]:
    for column in columns():
        constant = isinstance(column.default, ScalarElementColumnDefault)
        if constant and not column.nullable and column.server_default is None:
            yield f"{column} has a default in Python only, unknown to SQL and to migrations: add server_default"


@rule
def foreign_keys_are_indexed() -> Iterator[str]:
    for table in tables():
        for constraint in table.foreign_key_constraints:
            wanted = [column.name for column in constraint.columns]
            if wanted not in [names[: len(wanted)] for names in indexed(table)]:
                key = ", ".join(wanted)
                yield f"{table.name}: {key}: deleting a parent reads this whole table: add index=True"


def indexed(table: sa.Table) -> Iterator[list[str]]:
    """The columns of everything that is an index of all rows."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        if not any(option.endswith("_where") for option in index.dialect_kwargs):
            # a column, or what orders one: column.desc()
            yield [getattr(getattr(item, "element", item), "name", "") for item in index.expressions]


@rule
def schemas_are_of_the_one_database() -> Iterator[str]:
    for table in METADATA.tables.values():
        if table.schema and "postgresql" not in dialect.BACKENDS:
            yield f"{table}: only PostgreSQL has schemas within a database: call the table {table.schema}_{table.name}"


@rule
def constraints_have_names() -> Iterator[str]:
    for table in tables():
        for constraint in table.constraints:
            if not isinstance(constraint.name, str):  # None, or a symbol where Boolean or Enum made the CHECK
                names = ", ".join(column.name for column in getattr(constraint, "columns", ()))
                yield f"{table.name}: {names}: a migration cannot drop a constraint without a name: give it name=..."


@rule
def relationships_state_how_they_load() -> Iterator[str]:
    for mapper in mappers():
        for relationship in mapper.relationships:
            if relationship.lazy in ("select", True):
                yield f"{relationship} loads by a query nobody wrote: write lazy='raise_on_sql', or 'selectin' if small"
            if relationship.lazy == "subquery":
                yield f"{relationship} gives wrong rows with LIMIT: write lazy='selectin'"


@rule
def relationships_stay_out_of_the_constructor() -> Iterator[str]:
    for mapper in mappers():
        is_dataclass = dataclasses.is_dataclass(mapper.class_)  # and not mapped imperatively
        fields = {field.name: field for field in dataclasses.fields(mapper.class_)} if is_dataclass else {}
        for relationship in mapper.relationships:
            if relationship.key in fields and fields[relationship.key].init:
                yield f"{relationship} and its key could contradict each other in the constructor: add init=False"


@rule
def relationships_name_each_other_on_both_sides() -> Iterator[str]:
    for mapper in mappers():
        for relationship in mapper.relationships:
            if relationship.back_populates:
                other = relationship.mapper.relationships[relationship.back_populates]
                if other.back_populates != relationship.key:
                    yield f"{other} does not see changes of {relationship}: add back_populates={relationship.key!r}"


@rule
def values_of_the_database_are_read_back() -> Iterator[str]:
    for mapper in mappers():
        if mapper.eager_defaults is not True and not getattr(mapper.local_table, "is_view", False):
            yield f"{mapper.class_.__name__} lost eager_defaults: give its mapper eager_defaults=True"


@rule
def every_model_is_imported_by_the_models_package() -> Iterator[str]:
    for module in pkgutil.walk_packages(models.__path__, f"{models.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            is_model = getattr(value, "__module__", None) == module.name and hasattr(value, "__table__")
            if is_model and getattr(models, name, None) is not value:
                yield f"Alembic does not see {name}: import it in models/__init__.py"


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
def test_the_models_follow_the_rule(check: Callable[[], Iterator[str]]) -> None:
    problems = list(check())

    assert not problems, "\n".join(["", *problems])
