"""Autogenerate: how `revision` and `check` compare the models with a database, and how revisions are rendered.

Revisions import nothing from the application, so that they outlive today's models. They mean the same on
every database, and can be undone.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from alembic.autogenerate import render, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations import ops
from alembic.runtime.plugins import Plugin
from alembic.util import CommandError, DispatchPriority, PriorityDispatchResult
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import CreateSequence, CreateView, DropSequence, DropView
from sqlalchemy.sql.functions import FunctionElement, next_value
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import immutabledict

from ..models import Base

PLUGIN = "{{ cookiecutter.package_name }}"
SCHEMAS = {table.schema for table in Base.metadata.tables.values()}
# Tables of extensions, declared beside the models: Base.metadata.info["unmanaged_tables"] = {"spatial_ref_sys"}.
UNMANAGED = frozenset(Base.metadata.info.get("unmanaged_tables", ()))


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Return whether autogenerate looks at this name: a schema of the models, or a table that is managed."""
    if kind == "schema":
        return name in {None, *SCHEMAS}
    return kind != "table" or name not in UNMANAGED


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Return the source of a type, default or CHECK where Alembic's own would be wrong, else False."""
    if (kind == "check" and item.name) or isinstance(item, sa.Computed):
        sql = escaped(sql_of(item.sqltext, context, literal_binds=True, include_table=False))
        if re.search("[%:]", sql):
            if isinstance(item, sa.Computed):
                return f"sa.Computed({sql!r}, persisted={item.persisted})"
            return f"sa.CheckConstraint({sql!r}, name=op.f({str(item.name)!r}))"
    if kind == "type":
        if isinstance(item, sa.Enum) and not item.native_enum and not item.create_constraint:
            return f"sa.String(length={item.length})"  # as the database has it, however many members
        if isinstance(item, sa.TypeDecorator) and not type(item).__module__.startswith("sqlalchemy."):
            # as the database has it: the class may move or be deleted
            return render_type(stored(item, context), context)
        if isinstance(item, TypeEngine) and item._variant_mapping:
            return render_type(item, context)
        module = type(item).__module__
        if not module.startswith("sqlalchemy."):
            context.imports.add(f"import {module}")  # Alembic itself writes `module.Type()` and no import
    if kind == "server_default" and isinstance(item, sa.DefaultClause):
        return render_default(item.arg, context)
    return False


def render_default(default: Any, context: AutogenContext) -> str | Literal[False]:
    """Return the source of a default for every database, False for Alembic's own."""
    # Alembic compiles these for the current database, but SQLite fails at PostgreSQL's now(), at
    # the first INSERT, and PostgreSQL does not take SQLite's 1 for a boolean.
    if isinstance(default, str):
        return repr(default)  # Alembic takes quotes away
    if isinstance(default, sa.True_ | sa.False_):
        return f"sa.{str(default).lower()}()"
    if isinstance(default, sa.TextClause):
        return f"sa.text({default.text!r})"  # as it was written
    if isinstance(default, next_value):
        sequence = default.sequence
        schema = f", schema={sequence.schema!r}" if sequence.schema else ""
        return f"sa.Sequence({sequence.name!r}{schema}).next_value()"
    if isinstance(default, FunctionElement) and not len(default.clauses):
        return f"sa.func.{default.name}()"
    if isinstance(default, sa.ClauseElement):  # SQLite and MySQL want brackets
        return f"sa.text({escaped(f'({sql_of(default, context, literal_binds=True)})')!r})"
    return False


def sql_of(element: Any, context: AutogenContext, **options: bool) -> str:
    """Return the SQL of an element for a revision, without the doubled % that some drivers want."""
    dialect: type[Any] = type(context.dialect)
    return str(element.compile(dialect=dialect(paramstyle="named"), compile_kwargs=options)).strip()


def escaped(sql: str) -> str:
    r"""Return SQL for `text()`, which would take `:name` for a parameter, and `\:` for a colon.

    https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.text
    """
    return re.sub(r"(?:(?<![:\w]):(?=\w)|\\:)[:\w]*", lambda match: match[0].replace(":", r"\:"), sql)


# In the SQL of a table: names in quotes; then what is left out: strings, comments, brackets up to three deep.
BRACKETS = r"\((?:[^()']|'[^']*'|\((?:[^()']|'[^']*'|\([^()]*\))*\))*\)"
DETAILS = rf"""(["`][^"`]*["`]|\[[^]]*])|'[^']*'|--[^\n]*|/\*.*?\*/|{BRACKETS}"""
# Reflected tables, with their columns in SQL on SQLite.
REFLECTED: WeakKeyDictionary[sa.Table, str] = WeakKeyDictionary()


@event.listens_for(sa.Table, "column_reflect")
def complete_column(inspector: sa.Inspector, table: sa.Table, column: Any) -> None:
    """Complete a reflected column: SQLite's batches copy a table as it was reflected.

    SQLAlchemy gives its default to `text()`, and does not see COLLATE and AUTOINCREMENT of SQLite.

    https://docs.sqlalchemy.org/en/21/core/events.html#sqlalchemy.events.DDLEvents.column_reflect
    """
    if column.get("default"):
        column["default"] = escaped(column["default"])
    if table not in REFLECTED:  # once for all of its columns
        REFLECTED[table] = ""
        if inspector.dialect.name == "sqlite" and isinstance(inspector.bind, sa.Connection):
            query = "SELECT sql FROM sqlite_master WHERE name = ?"
            sql = inspector.bind.exec_driver_sql(query, (table.name,)).scalar() or ""
            REFLECTED[table] = re.sub(DETAILS, r"\1 ", sql.partition("(")[2], flags=re.DOTALL)
    sql = REFLECTED[table]
    if re.search(r"\bAUTOINCREMENT\b", sql, re.IGNORECASE):
        table.dialect_kwargs["sqlite_autoincrement"] = True
    name = rf'(?:^|,)\s*(["`[])?{re.escape(column["name"])}(?(1)["`\]]|\s)'
    if found := re.search(rf'{name}[^,]*\bCOLLATE\s+["`[]?(?P<collation>\w+)', sql, re.IGNORECASE):
        column["type"].collation = found["collation"]


class KeepingSQLiteImpl(SQLiteImpl):
    """Batches of SQLite, which copy dates, times and booleans as they are: CAST would make 2020 of '2020-01-01'."""

    __dialect__ = "sqlite"  # in the place of its base class

    def cast_for_batch_migrate(self, existing: Any, existing_transfer: Any, new_type: TypeEngine[Any]) -> None:
        if not isinstance(new_type, sa.Date | sa.DateTime | sa.Time | sa.Boolean):
            super().cast_for_batch_migrate(existing, existing_transfer, new_type)


@event.listens_for(sa.CheckConstraint, "after_parent_attach")
def complete_check(check: Any, parent: Any) -> None:
    """Escape a reflected CHECK, which SQLAlchemy gives to `text()` as well."""
    if parent in REFLECTED and isinstance(check.sqltext, sa.TextClause):  # reflect_args= may have an expression
        check.sqltext = sa.text(escaped(check.sqltext.text))


@event.listens_for(sa.Index, "after_parent_attach")
def complete_index(index: Any, parent: Any) -> None:
    """Escape the condition of a reflected partial index of SQLite, for the same reason."""
    where = index.dialect_kwargs.get("sqlite_where")
    if parent in REFLECTED and isinstance(where, sa.TextClause):
        index.dialect_kwargs["sqlite_where"] = sa.text(escaped(where.text))


def stored(item: sa.TypeDecorator[Any], context: AutogenContext) -> TypeEngine[Any]:
    """Return the type that databases have for a TypeDecorator, with the choices of load_dialect_impl() as variants.

    https://docs.sqlalchemy.org/en/21/core/custom_types.html#sqlalchemy.types.TypeDecorator.load_dialect_impl
    """
    if type(item).load_dialect_impl is sa.TypeDecorator.load_dialect_impl:
        return item.impl_instance
    dialect = DefaultDialect()  # its type_descriptor() changes nothing; a driver's returns a private type
    dialect.name = "sqlite"
    found = item.load_dialect_impl(dialect)
    for name in ("postgresql", "mysql", "mariadb"):
        dialect.name = name
        found = found.with_variant(item.load_dialect_impl(dialect), name)
    if found.compile(context.dialect) != item.compile(context.dialect):
        raise CommandError(
            f"{type(item).__name__}.load_dialect_impl() looks at more than dialect.name, which no revision can repeat: "
            'write the choice as `impl = CHAR(32).with_variant(UUID(), "postgresql")`'
        )
    return found


def render_type(item: TypeEngine[Any], context: AutogenContext) -> str:
    """Return the source of a type, each variant once for all databases that share it."""
    # no public function renders a type; the copy has no variants, because Alembic would write a call for each
    plain_type = item.copy()
    plain_type._variant_mapping = immutabledict()
    source = render._repr_type(plain_type, context)
    databases: dict[str, list[str]] = {}
    for name, variant in item._variant_mapping.items():
        databases.setdefault(render._repr_type(variant, context), []).append(f'"{name}"')
    databases.pop(source, None)
    for variant_source, names in databases.items():
        # Alembic writes the module of an inner type, as in ARRAY(sa.String()), only on the database of the outer one
        named = re.sub(r"(?<=[(=])(?=[A-Z]\w*\()", "sa.", variant_source)
        source += f".with_variant({named}, {', '.join(sorted(names))})"
    return source


class Statement(ops.MigrateOperation):
    """SQL for which Alembic has no operation, and the SQL that undoes it.

    https://alembic.sqlalchemy.org/en/latest/api/autogenerate.html#autogenerating-custom-operation-directives
    """

    def __init__(self, do: str, undo: str) -> None:
        self.do, self.undo = do, undo

    def reverse(self) -> "Statement":
        return Statement(self.undo, self.do)

    def to_diff_tuple(self) -> tuple[str, str]:
        return "execute", self.do


@renderers.dispatch_for(Statement)
def render_statement(_context: AutogenContext, statement: Statement) -> list[str]:
    """Return the source of a statement, in which `:name` is escaped, because op.execute() takes it for a parameter."""
    lines = escaped(statement.do).splitlines(keepends=True)
    return [f"op.execute({' '.join(map(repr, lines))})"] if lines else []


def compare_others(context: AutogenContext, upgrade: ops.UpgradeOps, _schemas: Any) -> PriorityDispatchResult:
    """Add what Alembic leaves out: schemas and sequences before the tables, views after them.

    It compares only whether they exist: write a change of a view by hand, as DROP VIEW and CREATE VIEW.
    """
    inspector, dialect = context.inspector, context.dialect
    metadata: Any = context.metadata  # Base's, or that of a second history
    new_schemas = {table.schema for table in metadata.tables.values()} - {None, *inspector.get_schema_names()}
    # Downgrades keep the schema: on MySQL it is a database, and would be dropped with all its tables.
    before = [
        Statement(f"CREATE SCHEMA IF NOT EXISTS {dialect.identifier_preparer.quote(str(name))}", "")
        for name in sorted(new_schemas, key=str)
    ]

    def see(element: Any, *_arguments: Any, **_options: Any) -> None:
        if isinstance(element, CreateSequence):
            sequence = element.element
            if not inspector.has_sequence(sequence.name, sequence.schema):
                before.append(Statement(sql_of(element, context), sql_of(DropSequence(sequence), context)))
        elif isinstance(element, CreateView):
            view, drop = element.table, DropView(element.table, materialized=element.materialized)
            if not inspector.has_table(view.name, view.schema):
                upgrade.ops.append(Statement(sql_of(element, context), sql_of(drop, context)))

    created = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    changed = {op.table_name for op in upgrade.ops if isinstance(op, ops.ModifyTableOps)}
    changed = changed.difference(op.table_name for op in created) if dialect.name != "sqlite" else set()
    for table in created:
        # an ALTER adds the foreign keys of tables that refer to each other (use_alter), or to what a change adds
        keys = [c for c in table.columns if isinstance(c, sa.ForeignKeyConstraint)]
        later = [key for key in keys if key.use_alter or key.referred_table.name in changed]
        checks = [check for c in table.columns for check in getattr(c, "constraints", ())]  # of columns
        table.columns = [
            *(c for c in table.columns if not any(c is key for key in later)),
            *(sa.CheckConstraint(c.sqltext, name=c.name) for c in checks if isinstance(c, sa.CheckConstraint)),
        ]
        if later:
            added = [ops.CreateForeignKeyOp.from_constraint(key) for key in later]
            upgrade.ops.append(ops.ModifyTableOps(table.table_name, added, schema=table.schema))
    metadata.create_all(MockConnection(dialect, see))
    upgrade.ops[:0] = before
    return PriorityDispatchResult.CONTINUE


# Spellings of the same default.
SYNONYMS = {"now": "current_timestamp", "curdate": "current_date", "true": "1", "false": "0"}


def plain(default: str) -> str:
    """Return a default without the casts, brackets, quotes, character set and precision that databases add."""
    default = re.sub(r"::[\w\s.\"\[\]]+$", "", default.strip())
    while default.startswith("(") and default.endswith(")"):
        default = default[1:-1].strip()
    default = re.sub(r"\b_utf8mb4(?=')", "", default)
    if default.startswith("'") and default.endswith("'"):
        return default[1:-1].replace("''", "'").replace("\\'", "'")
    default = re.sub(r"\(\d?\)$|(?<=,) ", "", default.lower())
    return SYNONYMS.get(default, default)


def same(one: str, other: str, kind: TypeEngine[Any]) -> bool:
    """Return whether two plain defaults are equal; those of number and JSON columns are compared by their values."""
    value: Any = json.loads if isinstance(kind, sa.JSON) else Decimal
    try:
        return one == other or (not isinstance(kind, sa.String) and value(one) == value(other))
    except (InvalidOperation, ValueError):
        return False


def compare_default(context: AutogenContext, alter: ops.AlterColumnOp, *arguments: Any) -> PriorityDispatchResult:
    """Ignore other spellings of a default: MariaDB reports now() as current_timestamp(6), and 0 as 0.00."""
    _schema, _table, _column, reflected, modelled = arguments
    old, new = reflected.server_default, modelled.server_default
    dialect = context.migration_context.dialect
    if isinstance(old, sa.Computed) and isinstance(new, sa.Computed):
        return PriorityDispatchResult.STOP  # Alembic cannot alter them, and takes another spelling for a change
    if isinstance(new, sa.Identity) and not dialect.supports_identity_columns:
        return PriorityDispatchResult.STOP
    is_mysql = dialect.name in {"mysql", "mariadb"}
    backslash = r"\\" if is_mysql else "\\"  # in a string of SQL
    reflected_sql = getattr(getattr(old, "arg", None), "text", "")
    found = reflected_sql.replace(r"\:", ":").replace(backslash, "\\")
    if isinstance(new, sa.DefaultClause) and isinstance(new.arg, next_value):
        names = {"nextval", new.arg.sequence.name}
        if names <= set(re.findall(r"\w+", found)) or is_mysql:
            return PriorityDispatchResult.STOP  # SQLAlchemy does not see these defaults on MariaDB
    if not (isinstance(old, sa.DefaultClause) and isinstance(new, sa.DefaultClause)):
        return PriorityDispatchResult.CONTINUE  # to Alembic's own comparison
    if isinstance(new.arg, str):
        wanted = new.arg
    else:
        wanted = plain(sql_of(new.arg, context, literal_binds=True).replace(backslash, "\\"))
    if same(plain(found), wanted, reflected.type):
        return PriorityDispatchResult.STOP
    if (isinstance(new.arg, str) or r"\:" in reflected_sql) and isinstance(reflected.type, sa.String | sa.JSON):
        # Stop here: Alembic would ask PostgreSQL for json = json, or to parse 'it's' or '"\:a"', and fail.
        alter.modify_server_default = new
        return PriorityDispatchResult.STOP
    return PriorityDispatchResult.CONTINUE


# A plugin, because a function given as `compare_server_default` fails on Identity and Computed.
# https://alembic.sqlalchemy.org/en/latest/api/plugins.html
plugin = Plugin(PLUGIN)
plugin.add_autogenerate_comparator(compare_others, "schema", priority=DispatchPriority.LAST)
plugin.add_autogenerate_comparator(compare_default, "column", "server_default", priority=DispatchPriority.FIRST)

NOTHING_CHANGED = (
    "No revision was written: models/__init__.py lacks an import, or nothing changed that Alembic compares. "
    "It does not compare the SQL of CHECKs, views and computed columns."
)
# SQLite's batches copy a CHECK with the old name.
RENAME_COLUMN = "op.alter_column(..., new_column_name=...) outside of the batch"


def process_revision_directives(context: Any, _revision: Any, directives: list[Any]) -> None:
    """Drop an empty revision, and operations that a database would refuse."""
    script = directives[0]
    context.impl.dialect = type(context.dialect)(paramstyle="named")  # it renders; a driver's may double every %
    for half in (script.upgrade_ops, script.downgrade_ops):
        dropped = {(op.table_name, op.schema) for op in half.ops if isinstance(op, ops.DropTableOp)}
        for group in (op for op in half.ops if isinstance(op, ops.ModifyTableOps)):
            if (group.table_name, group.schema) in dropped:
                # Indexes go with their table; MySQL refuses to drop one that a foreign key needs.
                group.ops = [op for op in group.ops if not isinstance(op, ops.DropIndexOp)]
            keep_shortened_checks(group, context.dialect)
            keep_modelled_types(group, context.opts["target_metadata"])
            if context.dialect.name not in {"mysql", "mariadb"}:
                for alter in (op for op in group.ops if isinstance(op, ops.AlterColumnOp)):
                    alter.kw.pop("autoincrement", None)  # elsewhere it only gets a warning
            for op in (op for op in group.ops if isinstance(op, ops.CreateCheckConstraintOp)):
                sql = sql_of(op.condition, context, literal_binds=True, include_table=False)
                op.condition = sa.text(escaped(escaped(sql)))  # Alembic writes what text() makes of it
        sort(half, context.dialect)
        half.ops = [op for op in half.ops if not isinstance(op, ops.ModifyTableOps) or op.ops]
    is_draft = getattr(context.config.cmd_opts, "autogenerate", False)  # not for `check`
    if is_draft and script.upgrade_ops.is_empty():
        directives[:] = []
        context.config.print_stdout(NOTHING_CHANGED)
        return
    for sentence in possible_renames(script.upgrade_ops) if is_draft else ():
        context.config.print_stdout("%s", sentence)


def possible_renames(upgrade: ops.UpgradeOps) -> Iterator[str]:
    """Yield a warning for each rename that there may have been: a draft drops the old name and adds the new one."""
    tables = [op for op in upgrade.ops if isinstance(op, ops.DropTableOp | ops.CreateTableOp)]
    found = []
    for schema in dict.fromkeys(op.schema for op in tables):
        dropped = [op.table_name for op in tables if op.schema == schema and isinstance(op, ops.DropTableOp)]
        created = [op.table_name for op in tables if op.schema == schema and isinstance(op, ops.CreateTableOp)]
        found.append(("the table", dropped, created, "op.rename_table(...)"))
    for group in (op for op in upgrade.ops if isinstance(op, ops.ModifyTableOps)):
        lost = [op.column_name for op in group.ops if isinstance(op, ops.DropColumnOp)]
        added = [op.column.name for op in group.ops if isinstance(op, ops.AddColumnOp)]
        found.append((f"{group.table_name}: the column", lost, added, RENAME_COLUMN))
    for what, old, new, instead in found:
        if old and new:
            names = f"{what} {', '.join(old)} goes with its data, and {', '.join(new)} is new"
            yield f"Warning: {names}. If it was renamed, write {instead} instead."


def sort(half: ops.OpContainer, dialect: sa.Dialect) -> None:
    """Let foreign keys go before, and come after, what they need: tables, unique keys, and MySQL's indexes."""
    if dialect.name != "sqlite":
        half.ops = [*foreign_keys(half, ops.DropConstraintOp), *half.ops, *foreign_keys(half, ops.CreateForeignKeyOp)]
        return
    # SQLite needs no order, but a batch copies no table whose key refers to none; more batches would be more copies.
    groups = [op for op in half.ops if isinstance(op, ops.ModifyTableOps)]
    dropped = [op.reverse() for group in groups for op in group.ops if isinstance(op, ops.DropConstraintOp)]
    referents = {op.referent_table for op in dropped if isinstance(op, ops.CreateForeignKeyOp)}
    half.ops.sort(key=lambda op: isinstance(op, ops.DropTableOp) and op.table_name in referents)


def foreign_keys(half: ops.OpContainer, kind: type[ops.MigrateOperation]) -> list[ops.ModifyTableOps]:
    """Take the operations of this kind on foreign keys out of their groups, and return them in groups of their own."""
    found = []
    for group in [op for op in half.ops if isinstance(op, ops.ModifyTableOps)]:
        taken = [op for op in group.ops if isinstance(op, kind) and getattr(op, "constraint_type", "") == "foreignkey"]
        if taken:
            group.ops = [op for op in group.ops if op not in taken]
            found.append(ops.ModifyTableOps(group.table_name, taken, schema=group.schema))
    return found


def keep_shortened_checks(group: ops.ModifyTableOps, dialect: sa.Dialect) -> None:
    """Leave a CHECK alone if the database shortened its name: Alembic compares the whole name with it."""
    name = dialect.identifier_preparer.format_constraint
    changes = [op for op in group.ops if isinstance(op, ops.CreateCheckConstraintOp | ops.DropConstraintOp)]
    named = [op for op in changes if op.constraint_name]
    names: dict[ops.MigrateOperation, str | None] = {op: name(op.to_constraint()) for op in named}
    shortened = {names[op] for op in named if str(op.constraint_name) not in str(names[op])}
    twice = {short for short in shortened if list(names.values()).count(short) > 1}
    group.ops = [op for op in group.ops if names.get(op) not in twice]


def keep_modelled_types(group: ops.ModifyTableOps, metadata: sa.MetaData) -> None:
    """Let ALTER repeat the type of the model, not the reflected one.

    MariaDB reports JSON as LONGTEXT, and repeating that would drop the CHECK that makes it JSON.
    """
    table = metadata.tables.get(".".join(filter(None, (group.schema, group.table_name))))
    for op in group.ops:
        if isinstance(op, ops.AlterColumnOp) and op.modify_type is None and table is not None:
            column = table.columns.get(op.column_name)
            op.existing_type = op.existing_type if column is None else column.type


# Arguments of context.configure().
# https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.environment.EnvironmentContext.configure
OPTIONS: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "include_schemas": True,  # those of the models, and the default one, whose name is None
    "include_name": include_name,
    "include_object": lambda item, _name, kind, *_: kind != "table" or not item.is_view,
    "render_item": render_item,
    "compare_server_default": True,  # off by default; `compare_default` makes it usable
    "process_revision_directives": process_revision_directives,
    "render_as_batch": True,  # SQLite hardly has ALTER; elsewhere a batch is plain ALTERs
    # The second compares CHECKs by their names; each has one by convention.
    "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname", PLUGIN],
}
