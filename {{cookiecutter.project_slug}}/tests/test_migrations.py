"""Tests of your migrations: one head, reversible, equal to the models, and without loss of rows."""

import datetime as dt
import decimal
import re
import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, func, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import sort_tables_and_constraints
from sqlalchemy.types import NULLTYPE, NullType

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.migrations.autogenerate import UNMANAGED
from {{ cookiecutter.package_name }}.migrations.commands import alembic_config
from {{ cookiecutter.package_name }}.models import Base

# SQLite's indexes of expressions: write them into revisions by hand, as op.create_index() with sa.text().
pytestmark = [
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    # Types of extensions, which SQLAlchemy does not know.
    pytest.mark.filterwarnings("ignore:Did not recognize type:sqlalchemy.exc.SAWarning"),
]

SCRIPTS = ScriptDirectory.from_config(alembic_config())
SCHEMAS = {None, *(table.schema for table in Base.metadata.tables.values())}
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]  # oldest first


@pytest.fixture
def config(empty_database: URL) -> Config:
    """Return the configuration of Alembic for an empty database."""
    return alembic_config(url=empty_database)


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """Yield a plain engine for the same database."""
    engine = create_engine(with_driver(empty_database, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    yield engine
    engine.dispose()


KINDS = ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "indexes", "check_constraints")


def plain(item: dict[str, Any], engine: Engine) -> dict[str, Any]:
    """Return an item of the inspector without objects that are equal to themselves only."""
    if not isinstance(item.get("type", NULLTYPE), NullType):
        item = {**item, "type": item["type"].compile(engine.dialect)}
    if "dialect_options" in item:  # with the WHERE of a partial index
        item = {**item, "dialect_options": {key: str(value) for key, value in item["dialect_options"].items()}}
    return item


def unseen(connection: Connection) -> dict[str, Any]:
    """Return what SQLAlchemy does not see on SQLite: triggers, indexes of expressions, collations, AUTOINCREMENT."""
    others = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger')"))
    # without the quotes that a rename adds
    found: dict[str, Any] = {f"{row.type} {row.name}": (row.sql or "").replace('"', "") for row in others}
    # https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.batch_alter_table
    hint = (
        "to change them: batch_alter_table(recreate='always', table_kwargs={'sqlite_autoincrement': True}), "
        "and alter_column(type_=...) for a collation"
    )
    for row in connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")):
        if words := re.findall(r'COLLATE "?\w+|AUTOINCREMENT', row.sql, re.IGNORECASE):
            found[f"{row.name}, {hint}"] = sorted(words)
    return found


def schema(engine: Engine) -> dict[str, Any]:
    """Return all that the database reports of its tables and the models' views, to compare it."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:  # one, instead of one for each question
        inspector = inspect(connection)
        for name, kind in product(SCHEMAS, KINDS):
            for (_, table), items in getattr(inspector, f"get_multi_{kind}")(schema=name).items():
                if table in UNMANAGED:
                    continue
                for item in items if isinstance(items, list) else [items]:
                    found.setdefault(f"{name or ''}.{table} {kind} {item['name']}", []).append(plain(item, engine))
        for view in Base.metadata.tables.values():
            if view.is_view and inspector.has_table(view.name, view.schema):
                found[f"view {view}"] = inspector.get_view_definition(view.name, view.schema).split()
        if engine.dialect.supports_sequences:
            found["sequences"] = [sorted(inspector.get_sequence_names(name)) for name in SCHEMAS]
        for enum in getattr(inspector, "get_enums", list)():  # PostgreSQL's own types outlive their tables
            found[f"type {enum['name']}"] = enum
        if engine.dialect.name == "sqlite":
            found |= unseen(connection)
    return {what: found[what] for what in found if "alembic_version" not in what}


def test_the_history_has_one_head() -> None:
    assert len(SCRIPTS.get_heads()) <= 1, "two revisions follow the same one: run `alembic merge heads`"


def heads(engine: Engine) -> int:
    """Return the number of heads: several while branches are not merged yet."""
    with engine.connect() as connection:
        return len(MigrationContext.configure(connection).get_current_heads())


def test_every_downgrade_undoes_its_upgrade(config: Config, engine: Engine) -> None:
    for revision in REVISIONS:
        before = schema(engine)
        command.upgrade(config, revision)
        if heads(engine) > 1 or SCRIPTS.get_revision(revision).is_merge_point:
            continue  # its downgrade is ambiguous
        command.downgrade(config, "-1")
        assert schema(engine) == before, f"the downgrade of {revision} does not undo its upgrade"
        command.upgrade(config, revision)  # and leaves nothing in the way


def without_triggers(found: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without its triggers, which models rarely have."""
    return {what: found[what] for what in found if not what.startswith("trigger ")}


def test_the_migrated_schema_equals_the_models(config: Config, engine: Engine) -> None:
    command.upgrade(config, "head")
    command.check(config)  # what is missing: run `revision --autogenerate`
    migrated = without_triggers(schema(engine))

    command.downgrade(config, "base")
    Base.metadata.create_all(engine)

    # also differences that `check` overlooks, such as in the text of a CHECK or the columns of a primary key
    modelled = without_triggers(schema(engine))
    unequal = [what for what in migrated | modelled if migrated.get(what) != modelled.get(what)]
    assert not unequal, "\n".join(f"{what}: {migrated.get(what)}, models {modelled.get(what)}" for what in unequal)


# "1" and 1 are JSON as well; equal samples make foreign keys match. Reflected columns are plain: times have no zone
VALUES = ["1", 1, 1.0, True, b"1", decimal.Decimal(1), uuid.UUID(int=1), [1]]
TIMES = [dt.time(12), dt.timedelta(hours=1), dt.date(2020, 1, 1), dt.datetime(2020, 1, 1)]  # noqa: DTZ001
SAMPLES: dict[type, Any] = {object: 1, dict: 1} | {type(sample): sample for sample in (*VALUES, *TIMES)}
# Values for columns where the sample of the type fails, such as at a CHECK: "employees.weekly_hours": 40.
SPECIAL: dict[str, Any] = {}


def add_row(connection: Connection, table: Table) -> None:
    """Insert a row with values for the columns that need one."""
    needed = [c for c in table.c if not c.identity and (c.primary_key or not (c.nullable or c.server_default))]
    names = {column.name: str(column) for column in needed}
    try:
        samples = {c.name: SPECIAL.get(names[c.name], SAMPLES.get(c.type.python_type)) for c in needed}
        connection.execute(table.insert().values(samples))
    except (NotImplementedError, StatementError) as error:
        pytest.fail(f"no sample fits one of {', '.join(names.values())}: add it to SPECIAL: {error}")


def test_no_revision_loses_rows(config: Config, engine: Engine) -> None:
    """Insert a row into each new table, unless its revision did."""
    counts: dict[str, int] = {}
    for revision in REVISIONS:
        command.upgrade(config, revision)
        metadata = MetaData()
        for name in SCHEMAS:
            metadata.reflect(engine, schema=name, only=lambda table, _: table not in UNMANAGED | {"alembic_version"})
        with engine.begin() as connection:
            for table, _ in sort_tables_and_constraints(metadata.tables.values()):  # type: ignore[no-untyped-call]
                if table is None:
                    continue  # the keys of tables that refer to each other
                parents = {key.referred_table for key in table.foreign_key_constraints if not key.columns[0].nullable}
                count = select(func.count()).select_from(table)
                rows = connection.scalar(count) or 0
                assert rows >= counts.get(table.fullname, 0), f"{revision} lost rows of {table}"
                # tables that need a row of each other stay empty: neither can be first
                if not rows and all(counts.get(parent.fullname) for parent in parents - {table}):
                    add_row(connection, table)
                counts[table.fullname] = connection.scalar(count) or 0
