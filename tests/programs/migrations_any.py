"""How revisions are compared and written, and what the command says; no database but an empty one is needed."""
# mypy: disable-error-code="import-not-found"

import enum
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command as alembic_command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from my_project.db import dialect
from my_project.db.base import ENUM, TYPES
from my_project.db.engine import with_driver
from my_project.db.types import utcnow
from my_project.migrations import autogenerate, commands
from my_project.migrations.commands import alembic_config, checkout, main, upgrade
from my_project.migrations.target import target
from my_project.models import Base
from sqlalchemy import URL
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import CreateView
from sqlalchemy.types import UserDefinedType


@pytest.mark.parametrize(
    ("default", "plain"),
    [
        ("'it''s'::character varying", "it's"),
        ("'it\\'s'", "it's"),
        ("((1))", "1"),
        (" ( 'a' ) ", "a"),
        ("CURRENT_TIMESTAMP(6)", "current_timestamp"),
        ("now()", "current_timestamp"),
        ("TRUE", "1"),
        ("'True'", "True"),
        ("(_utf8mb4'a')", "a"),
        ("'a' || LOWER(b)", "'a' || lower(b)"),
        ("LOWER(b) || 'a'", "lower(b) || 'a'"),
        ("nextval('numbers'::regclass)", "nextval('numbers'::regclass)"),
    ],
)
def test_a_default_is_compared_without_what_databases_add(default: str, plain: str) -> None:
    assert autogenerate.plain(default) == plain


@pytest.mark.parametrize(
    ("one", "other", "kind", "is_same"),
    [
        ("a", "a", sa.String(), True),
        ("0", "0.00", sa.Numeric(), True),
        ("0", "0.00", sa.String(), False),
        ("0", "1", sa.Numeric(), False),
        ("a", "1", sa.Integer(), False),
        ('{"a":1}', '{"a": 1}', sa.JSON(), True),
        ('{"a":1}', "concat(1)", sa.JSON(), False),
    ],
)
def test_numbers_are_compared_as_numbers(one: str, other: str, kind: Any, is_same: bool) -> None:
    assert autogenerate.same(one, other, kind) is is_same


@pytest.mark.parametrize(
    ("name", "kind", "is_searched"),
    [(None, "schema", True), ("elsewhere", "schema", False), ("orders", "table", True), ("orders", "column", True)],
)
def test_only_the_schemas_of_the_models_are_searched(name: str | None, kind: str, is_searched: bool) -> None:
    assert autogenerate.include_name(name, kind, {}) is is_searched


def test_a_table_of_an_extension_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autogenerate, "UNMANAGED", {"spatial_ref_sys"})

    assert not autogenerate.include_name("spatial_ref_sys", "table", {})
    assert autogenerate.include_name("spatial_ref_sys", "column", {})


def written(*operations: ops.MigrateOperation) -> str:
    """Return the source that a revision gets for these operations, on one line."""
    context = MigrationContext.configure(dialect_name="postgresql")
    return " ".join(source_of(ops.UpgradeOps([*operations]), context.dialect).split())


def source_of(half: ops.UpgradeOps | ops.DowngradeOps, dialect: sa.Dialect) -> str:
    """Return the source of one of the functions of a revision."""
    context = MigrationContext.configure(dialect=dialect)
    source = render_python_code(
        half,
        render_as_batch=autogenerate.OPTIONS["render_as_batch"],
        render_item=autogenerate.render_item,
        migration_context=context,
    )
    return source.replace("\n    ", "\n")


class Size(enum.Enum):
    """A member is stored by its value."""

    LARGE = "L"


@pytest.mark.parametrize(
    ("column", "source"),
    [
        (sa.Column("c", ENUM), "sa.Column('c', sa.String(length=64), nullable=True)"),
        (sa.Column("c", sa.Enum(Size, name="size")), "sa.Column('c', sa.Enum('LARGE', name='size'), nullable=True)"),
        (
            sa.Column("c", sa.Enum(Size, name="size", native_enum=False, create_constraint=True)),
            "sa.Column('c', sa.Enum('LARGE', name='size', native_enum=False, create_constraint=True), nullable=True)",
        ),
        (
            sa.Column("c", TYPES[datetime]),
            'sa.Column(\'c\', sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql"), '
            "nullable=True)",
        ),
        (sa.Column("c", TYPES[str]), "sa.Column('c', sa.String(length=255), nullable=True)"),
        (sa.Column("c", TYPES[Decimal]), "sa.Column('c', sa.Numeric(precision=20, scale=6), nullable=True)"),
        (
            sa.Column("c", TYPES[uuid.UUID]),
            'sa.Uuid().with_variant(sa.Uuid(native_uuid=False), "mariadb", "mysql"), nullable=True)',
        ),
        (sa.Column("c", sa.Interval()), "sa.Column('c', sa.Interval(), nullable=True)"),
        (
            sa.Column("c", sa.String(9).with_variant(postgresql.ARRAY(sa.String(9)), "postgresql")),
            "sa.Column('c', sa.String(length=9).with_variant(postgresql.ARRAY(sa.String(length=9)), \"postgresql\"), "
            "nullable=True)",
        ),
        (sa.Column("c", sa.Boolean, server_default=sa.true()), "server_default=sa.true(), nullable=True"),
        (sa.Column("c", sa.Boolean, server_default=sa.false()), "server_default=sa.false(), nullable=True"),
        (sa.Column("c", sa.Integer, server_default=sa.text("-1.5")), "server_default=sa.text('-1.5'), nullable"),
        (sa.Column("c", sa.String(9), server_default="1"), "server_default='1', nullable"),
        (sa.Column("c", sa.Integer, server_default=sa.text("a + 1")), "server_default=sa.text('a + 1'), nullable"),
        (sa.Column("c", sa.DateTime, server_default=utcnow()), "server_default=sa.func.utcnow(), nullable"),
        (sa.Column("c", sa.Integer, server_default=sa.func.abs(1)), "server_default=sa.text('(abs(1))'), nullable"),
        (sa.Column("c", sa.String(9), server_default=sa.func.lower(":a %")), "sa.text(\"(lower('\\\\:a %'))\")"),
        (sa.Column("c", sa.String(9), server_default=sa.text(r"'\:a %'")), "sa.text(\"'\\\\:a %'\")"),
        (sa.Column("c", sa.Text, sa.Computed(r"a || '\:a %'")), "sa.Computed(\"a || '\\\\:a %'\", persisted=None)"),
        (
            sa.Column("c", sa.Integer, server_default=sa.Sequence("numbers").next_value()),
            "server_default=sa.Sequence('numbers').next_value(), nullable",
        ),
        (
            sa.Column("c", sa.Integer, server_default=sa.Sequence("numbers", schema="sales").next_value()),
            "server_default=sa.Sequence('numbers', schema='sales').next_value(), nullable",
        ),
    ],
)
def test_a_column_is_written_for_every_database(column: sa.Column[Any], source: str) -> None:
    assert source in written(ops.AddColumnOp("orders", column))


class GUID(sa.TypeDecorator[uuid.UUID]):
    """A type that chooses by the database, as SQLAlchemy's documentation does, or by more than that."""

    impl = sa.CHAR
    cache_ok = True

    def __init__(self, *, by_name: bool = True) -> None:
        super().__init__()
        self.by_name = by_name

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        native = dialect.name == "postgresql" if self.by_name else type(dialect).supports_native_uuid
        return dialect.type_descriptor(sa.UUID() if native else sa.CHAR(32))


def test_a_type_that_chooses_by_the_database_is_written_with_its_variants() -> None:
    column: sa.Column[Any] = sa.Column("c", GUID())

    assert 'sa.CHAR(length=32).with_variant(sa.UUID(), "postgresql")' in written(ops.AddColumnOp("orders", column))


def test_a_type_that_chooses_by_more_than_the_name_of_the_database_is_refused() -> None:
    with pytest.raises(CommandError, match=r"GUID\.load_dialect_impl\(\) looks at more than dialect\.name.*write"):
        written(ops.AddColumnOp("orders", sa.Column("c", GUID(by_name=False))))


@pytest.mark.parametrize("is_text", [True, False])
def test_a_check_keeps_its_percent_sign(is_text: bool) -> None:
    table = sa.Table("orders", sa.MetaData(), sa.Column("c", sa.String(9)))
    check = sa.CheckConstraint("c LIKE 'a%'" if is_text else table.c.c.like("a%"), name="ck_orders_c")

    assert "\"c LIKE 'a%'\", name=op.f('ck_orders_c')" in written(ops.CreateTableOp("orders", [table.c.c, check]))


def test_a_check_keeps_its_colon() -> None:
    check = sa.CheckConstraint(r"c ~ '^(?\:a|b)'", name="ck_orders_c")

    assert r"""sa.CheckConstraint("c ~ '^(?\\:a|b)'",""" in written(
        ops.CreateTableOp("orders", [sa.Column("c"), check])
    )


@pytest.mark.parametrize(
    "sql", ["' :a'", "':a:'", "' :a:b::c'", r"'\:a'", r"'\\:a:b'", "'5:30'::text", "'::1'", "'{\"a\":1}'::jsonb"]
)
def test_sql_with_colons_is_the_same_as_text(sql: str) -> None:
    assert str(sa.text(autogenerate.escaped(sql)).compile()) == sql
    assert autogenerate.escaped(sql).replace(r"\:", ":") == sql


def test_sql_in_a_revision_has_no_parameters() -> None:
    statement = autogenerate.Statement("SELECT ':name', a::text\nFROM b", "DROP c")

    assert r"""op.execute("SELECT '\\:name', a::text\n" 'FROM b')""" in written(statement)
    assert statement.reverse().do == "DROP c"
    assert statement.reverse().undo == statement.do
    assert "op.execute" not in written(autogenerate.Statement("", "DROP c"))


def test_a_dropped_table_keeps_its_indexes_until_then() -> None:
    drop_index = ops.DropIndexOp("ix_orders_c", "orders")
    dropped = ops.ModifyTableOps("orders", [drop_index])
    other = ops.ModifyTableOps("others", [ops.DropIndexOp("ix_others_c", "others")])
    script = ops.MigrationScript(
        "id", ops.UpgradeOps([dropped, other, ops.DropTableOp("orders")]), ops.DowngradeOps([])
    )
    context = SimpleNamespace(
        config=SimpleNamespace(cmd_opts=None),
        dialect=MigrationContext.configure(dialect_name="postgresql").dialect,
        impl=SimpleNamespace(),
        opts={"target_metadata": Base.metadata},
    )

    autogenerate.process_revision_directives(context, None, [script])

    assert context.impl.dialect.paramstyle == "named"
    assert script.upgrade_ops is not None
    assert [type(each) for each in script.upgrade_ops.ops] == [ops.ModifyTableOps, ops.DropTableOp]
    assert script.upgrade_ops.ops[0] is other


def test_an_altered_column_keeps_the_type_of_the_model() -> None:
    alter = ops.AlterColumnOp("companies", "name", existing_type=mysql.LONGTEXT())
    given = ops.AlterColumnOp("companies", "name", existing_type=mysql.LONGTEXT(), modify_type=sa.Text())
    unknown = ops.AlterColumnOp("companies", "nothing", existing_type=mysql.LONGTEXT())

    autogenerate.keep_modelled_types(ops.ModifyTableOps("companies", [alter, given, unknown]), Base.metadata)

    assert alter.existing_type is Base.metadata.tables["companies"].c.name.type
    assert isinstance(given.existing_type, mysql.LONGTEXT)
    assert isinstance(unknown.existing_type, mysql.LONGTEXT)


class Money(UserDefinedType[Decimal]):
    """A type that SQLAlchemy does not have."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "DECIMAL(10, 2)"


def test_a_revision_imports_the_module_of_a_type_that_sqlalchemy_lacks(connection: sa.Connection) -> None:
    context = AutogenContext(MigrationContext.configure(connection))

    for kind in (Money(), sa.String(9), postgresql.INET()):
        assert not autogenerate.render_item("type", kind, context)

    assert context.imports == {f"import {__name__}"}


@pytest.fixture
def connection(empty_database: URL) -> Iterator[sa.Connection]:
    """Yield a connection to an empty database, as a migration has one."""
    engine = sa.create_engine(with_driver(empty_database, dialect.BLOCKING_DRIVER), poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def revision_of(connection: sa.Connection, metadata: sa.MetaData) -> str:
    """Return the source of a revision that gives the database what this metadata has."""
    config = alembic_config()
    with EnvironmentContext(config, ScriptDirectory.from_config(config)) as environment:
        environment.configure(connection, **{**autogenerate.OPTIONS, "target_metadata": metadata})
        context = environment.get_context()
        script = produce_migrations(context, metadata)
        autogenerate.process_revision_directives(context, None, [script])
    assert script.upgrade_ops is not None
    return source_of(script.upgrade_ops, context.impl.dialect)


def migrated(connection: sa.Connection, metadata: sa.MetaData) -> str:
    """Give the database what this metadata has, and return the source of the revision that did it."""
    source = revision_of(connection, metadata)
    operations = Operations(MigrationContext.configure(connection))
    exec(source, {"op": operations, "sa": sa, "mysql": mysql, "postgresql": postgresql})  # noqa: S102
    return source


def is_complete(connection: sa.Connection, metadata: sa.MetaData) -> bool:
    """Return whether another revision would do nothing."""
    return "op." not in revision_of(connection, metadata)


def test_tables_that_refer_to_each_other_are_created_before_the_key_between_them(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    widgets = sa.Table(
        "widgets",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("entry_id", sa.ForeignKey("entries.id", name="fk_widgets_entry_id", use_alter=True)),
        sa.Column("parent_id", sa.ForeignKey("widgets.id", name="fk_widgets_parent_id")),
    )
    entries = sa.Table(
        "entries",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("widget_id", sa.ForeignKey("widgets.id", name="fk_entries_widget_id")),
        sa.Column("number", sa.Integer, sa.CheckConstraint("number > 0", name="ck_entries_number")),
    )

    source = migrated(connection, metadata)

    inspector = sa.inspect(connection)
    for table, keys in (
        (widgets, {"fk_widgets_entry_id", "fk_widgets_parent_id"}),
        (entries, {"fk_entries_widget_id"}),
    ):
        assert {column["name"] for column in inspector.get_columns(table.name)} == set(table.columns.keys())
        assert {key["name"] for key in inspector.get_foreign_keys(table.name)} == keys
    assert [check["name"] for check in inspector.get_check_constraints("entries")] == ["ck_entries_number"]
    assert source.count("batch_alter_table") == 1
    assert is_complete(connection, metadata)


@pytest.fixture
def second_schema(connection: sa.Connection, empty_database: URL) -> Iterator[str]:
    """Yield the name of a second schema: on SQLite an attached file, which is there, on MySQL a database."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("ATTACH ':memory:' AS sales"))
        yield "sales"
    else:
        name = f"{empty_database.database}_sales"
        yield name
        connection.rollback()
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {name}"))


def test_a_schema_is_created_once_before_its_tables(
    connection: sa.Connection, second_schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autogenerate, "SCHEMAS", {second_schema})
    metadata = sa.MetaData()
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=second_schema)

    source = migrated(connection, metadata)

    assert source.count("CREATE SCHEMA") == int(connection.dialect.name != "sqlite")
    assert sa.inspect(connection).get_table_names(second_schema) == ["orders"]
    assert is_complete(connection, metadata)


def test_a_view_is_created_once_after_its_table(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    orders = sa.Table("orders", metadata, sa.Column("number", sa.Integer, primary_key=True))
    CreateView(sa.select(orders.c.number).where(orders.c.number > 1), "large_orders", metadata=metadata)

    source = migrated(connection, metadata)

    assert sa.inspect(connection).get_view_names() == ["large_orders"]
    assert source.index("op.create_table('orders'") < source.index("CREATE VIEW large_orders")
    assert is_complete(connection, metadata)


def test_a_sequence_is_created_once_before_the_table_that_uses_it(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    numbers = sa.Sequence("numbers", metadata=metadata, start=1000)
    has_sequences = connection.dialect.supports_sequences
    default = numbers.next_value() if has_sequences else sa.text("1000")
    sa.Table("orders", metadata, sa.Column("number", sa.BigInteger, server_default=default), sa.Column("c", sa.Integer))

    source = migrated(connection, metadata)
    connection.execute(sa.text("INSERT INTO orders (c) VALUES (1)"))

    assert connection.scalar(sa.text("SELECT number FROM orders")) == 1000
    assert source.count("CREATE SEQUENCE numbers") == int(has_sequences)
    assert is_complete(connection, metadata)


def test_a_sequence_that_becomes_a_default_is_found_where_sqlalchemy_sees_it(connection: sa.Connection) -> None:
    def orders(default: Any) -> sa.MetaData:
        metadata = sa.MetaData()
        if isinstance(default, sa.Sequence):
            default = sa.Sequence("numbers", metadata=metadata).next_value()
        sa.Table("orders", metadata, sa.Column("number", sa.BigInteger, server_default=default))
        return metadata

    has_sequences = connection.dialect.supports_sequences
    later = orders(sa.Sequence("numbers") if has_sequences else sa.text("1"))
    migrated(connection, orders(None))
    connection.execute(sa.text("CREATE SEQUENCE numbers" if has_sequences else "SELECT 1"))

    assert is_complete(connection, later) is (has_sequences and connection.dialect.name != "postgresql")


def defaults(**given: Any) -> sa.MetaData:
    """Return a table whose columns have these types and defaults."""
    columns = [sa.Column(name, kind, server_default=default) for name, (kind, default) in given.items()]
    metadata = sa.MetaData()
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    return metadata


def test_a_default_that_changed_is_found_and_others_are_not(connection: sa.Connection) -> None:
    string = sa.String(30)
    unchanged: dict[str, Any] = {
        "quoted": (string, "it's 5%"),
        "path": (string, "\\\\server\\a :b"),
        "expression": (sa.Integer(), sa.func.abs(1)),
        "items": (sa.JSON(), sa.literal("[1]")),
        "price": (sa.Numeric(10, 2), sa.text("0")),
        "is_paid": (sa.Boolean(), sa.false()),
        "at": (sa.DateTime(), sa.func.now()),
    }
    if connection.dialect.name == "postgresql":
        unchanged["spelled"] = (string, sa.text("(coalesce(1,2))"))  # it adds a space
    if connection.dialect.name == "mysql" and not connection.dialect.is_mariadb:  # type: ignore[attr-defined]
        unchanged["joined"] = (string, sa.func.concat("a", "b, c"))  # it adds a character set and removes a space
    first = defaults(
        number=(string, "it's 1.0"),
        share=(string, sa.text(r"'\:a 1%'")),
        size=(sa.Integer(), sa.text("1")),
        **unchanged,
    )
    second = defaults(
        number=(string, "it's 1.00"),
        share=(string, sa.text(r"'\:a 2%'")),
        size=(sa.Integer(), sa.text("2")),
        **unchanged,
    )

    migrated(connection, first)
    assert is_complete(connection, first)
    source = migrated(connection, second)

    assert re.findall(r"alter_column\('(\w+)'", source) == ["number", "share", "size"]
    assert is_complete(connection, second)
    orders = second.tables["orders"]
    connection.execute(orders.insert().values(id=1))
    row = connection.execute(orders.select()).one()
    assert (row.number, row.share, row.size) == ("it's 1.00", ":a 2%", 2)
    assert (row.quoted, row.path, row.expression, row.items) == ("it's 5%", "\\\\server\\a :b", 1, [1])


def test_a_default_of_a_json_column_that_changed_is_found(connection: sa.Connection) -> None:
    def orders(source: str) -> sa.MetaData:
        is_mysql = connection.dialect.name in {"mysql", "mariadb"}  # MySQL takes expressions only
        return defaults(document=(sa.JSON(), sa.text(f"('{source}')") if is_mysql else source))

    migrated(connection, orders("[1]"))

    assert is_complete(connection, orders("[1]"))
    assert not is_complete(connection, orders("[2]"))


@pytest.mark.parametrize(("before", "after"), [(None, "a"), ("a", None), (None, ""), ("", None)])
def test_a_default_that_is_added_or_removed_is_found(
    connection: sa.Connection, before: str | None, after: str | None
) -> None:
    migrated(connection, defaults(c=(sa.String(9), before)))

    assert not is_complete(connection, defaults(c=(sa.String(9), after)))


def test_a_check_that_is_added_to_a_table_keeps_colons_percent_signs_and_values(connection: sa.Connection) -> None:
    def orders() -> sa.Table:
        return sa.Table("orders", sa.MetaData(), sa.Column("name", sa.String(20)))

    migrated(connection, orders().metadata)
    table = orders()
    table.append_constraint(sa.CheckConstraint(r"name <> ' \:x 6%'", name="ck_orders_first"))
    table.append_constraint(sa.CheckConstraint(table.c.name != "5% :y", name="ck_orders_second"))
    migrated(connection, table.metadata)

    for name in (" :x 6%", "5% :y"):
        with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
            connection.execute(table.insert().values(name=name))
    connection.execute(table.insert().values(name=":z"))
    assert connection.scalar(sa.select(table.c.name)) == ":z"


def test_a_computed_column_is_the_same_however_the_database_spells_it(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    # PostgreSQL writes two comparisons
    computed = sa.Computed("CASE WHEN number BETWEEN 1 AND 2 THEN 1 ELSE 0 END", persisted=True)
    sa.Table("orders", metadata, sa.Column("number", sa.Integer), sa.Column("is_low", sa.Integer, computed))

    migrated(connection, metadata)

    assert is_complete(connection, metadata)


@pytest.mark.parametrize(("before", "after"), [("1", None), (None, "1")])
def test_a_column_that_becomes_computed_or_plain_is_told(
    connection: sa.Connection, before: str | None, after: str | None
) -> None:
    def orders(source: str | None) -> sa.MetaData:
        metadata = sa.MetaData()
        computed = [sa.Computed(source, persisted=True)] if source else []
        sa.Table("orders", metadata, sa.Column("id", sa.Integer), sa.Column("c", sa.Integer, *computed))
        return metadata

    migrated(connection, orders(before))

    with pytest.warns(UserWarning, match=r"orders\.c cannot be modified"):
        revision_of(connection, orders(after))


def test_an_identity_that_changed_is_found_where_the_database_has_one(connection: sa.Connection) -> None:
    def orders(increment: int) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table("orders", metadata, sa.Column("id", sa.Integer, sa.Identity(increment=increment), primary_key=True))
        return metadata

    migrated(connection, orders(1))
    assert is_complete(connection, orders(1))
    assert is_complete(connection, orders(10)) is not connection.dialect.supports_identity_columns


@pytest.mark.parametrize("is_autoincrement", [True, False])
def test_a_copied_table_has_what_the_table_had(connection: sa.Connection, is_autoincrement: bool) -> None:
    is_sqlite = connection.dialect.name == "sqlite"

    def orders(*, nullable: bool) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table(
            "orders",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(20, collation="NOCASE" if is_sqlite else None)),
            sa.Column("number", sa.Integer, server_default=sa.text("1"), nullable=nullable),
            sa.CheckConstraint(r"name <> ' \:x 6%'", name="ck_orders_name"),
            sqlite_autoincrement=is_autoincrement,
        )
        return metadata

    def behavior() -> tuple[bool, bool]:
        table = orders(nullable=True).tables["orders"]
        number = connection.execute(table.insert().values(name="Ann")).inserted_primary_key
        is_found = connection.scalar(sa.select(table.c.id).where(table.c.name == "ann")) is not None
        connection.execute(table.delete())
        is_reused = connection.execute(table.insert().values(name="Bob")).inserted_primary_key == number
        with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
            connection.execute(table.insert().values(name=" :x 6%"))
        connection.execute(table.delete())
        return is_found, is_reused

    migrated(connection, orders(nullable=True))
    before = behavior()
    migrated(connection, orders(nullable=False))

    assert behavior() == before
    assert before == (True, not is_autoincrement) or not is_sqlite


def test_the_command_wants_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])

    assert end.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_command_names_the_commands_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])

    assert re.search(r"upgrade.*downgrade.*revision.*check", capsys.readouterr().err)


def command(connection: sa.Connection, *words: str) -> list[str]:
    """Run a command on the database of this connection, and return the lines with which it fails."""
    connection.commit()
    url = connection.engine.url.render_as_string(hide_password=False)
    with pytest.raises(SystemExit) as end:
        main(["-x", f"url={url}", *words])
    return str(end.value.code).splitlines()


def test_a_revision_that_fails_is_told_in_five_lines(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE TABLE employees (id INTEGER)"))

    first, reason, statement, revision, hint = command(connection, "upgrade", "head")

    assert re.fullmatch(r"FAILED: \S*versions.\d+_\d+_4b7d1c0e92a5_\w+\.py, line \d+", first)
    assert re.match(r"  \w+Error: (?!\w+Error).*\bemployees\b.* exists", reason)
    assert statement.startswith("  CREATE TABLE employees (")
    assert revision.startswith("The database is at: no revision. ")
    assert hint == "For the traceback: my-project-db --traceback COMMAND"
    is_undone = sa.inspect(connection).get_table_names() == ["employees"]
    assert is_undone is (connection.dialect.name not in {"mysql", "mariadb"})


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that adds a revision with these statements to a copy of the migrations."""
    scripts = Path(shutil.copytree(commands.VERSIONS.parent, tmp_path / "migrations"))
    monkeypatch.setattr(commands, "SCRIPTS", str(scripts))
    monkeypatch.setattr(commands, "VERSIONS", scripts / "versions")
    follows = ["4b7d1c0e92a5"]

    def plant(name: str, *statements: str) -> Path:
        path = scripts / "versions" / f"{name}.py"
        head = f'revision = "{name}"\ndown_revision = "{follows[-1]}"\n\n\ndef upgrade() -> None:'
        path.write_text("\n    ".join([head, *statements, ""]), "utf-8")
        follows.append(name)
        return path

    return plant


@pytest.mark.parametrize(
    ("statement", "reason"),
    [('{}["column"]', "KeyError: 'column'"), ("sa.Column(", "SyntaxError: '(' was never closed (second.py, line 6)")],
)
def test_a_mistake_in_a_revision_is_told_with_its_line(
    statement: str, reason: str, connection: sa.Connection, plant: Callable[..., Path]
) -> None:
    second = plant("second", statement)

    lines = command(connection, "upgrade", "head")

    assert lines[:3] == [f"FAILED: {second}, line 6", f"  {reason}", f"  {statement}"]


def version(connection: sa.Connection) -> Any:
    """Return the revision that is recorded."""
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))


IMPORTS = "import sqlalchemy as sa; from alembic import op; from sqlalchemy.orm import Session"


@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize(
    "ending",
    [
        "op.get_bind().commit()",
        "op.get_bind().rollback()",
        "with Session(op.get_bind()) as session: session.execute(sa.text('SELECT 1')); session.rollback()",
    ],
)
def test_a_revision_that_ends_the_transaction_is_refused(
    ending: str, is_last: bool, connection: sa.Connection, plant: Callable[..., Path]
) -> None:
    upgrade(connection.engine.url)
    plant("second", IMPORTS, "op.create_table('second', sa.Column('id', sa.Integer))", ending)
    if not is_last:
        plant("third", IMPORTS, "op.create_table('third', sa.Column('id', sa.Integer))")

    with pytest.raises(CommandError, match="a revision committed or rolled back"):
        upgrade(connection.engine.url)

    if connection.dialect.name not in {"mysql", "mariadb"}:  # these commit at each DDL
        assert not sa.inspect(connection).has_table("third")
        assert version(connection) == "4b7d1c0e92a5"


def test_a_revision_may_leave_its_transaction_and_undo_parts_of_it(
    connection: sa.Connection, plant: Callable[..., Path]
) -> None:
    within = 'with Session(op.get_bind(), join_transaction_mode="create_savepoint") as session:'
    plant("second", IMPORTS, "op.create_table('second', sa.Column('id', sa.Integer))")
    plant(
        "third",
        IMPORTS,
        'insert = "INSERT INTO second VALUES (%d)"',
        "op.execute(insert % 1)",
        "with op.get_context().autocommit_block(): op.execute(insert % 2)",
        "op.get_bind().begin_nested().rollback()",
        f"{within} session.execute(sa.text(insert % 3)); session.rollback()",
        f"{within} session.execute(sa.text(insert % 4)); session.commit()",
    )

    upgrade(connection.engine.url)

    assert connection.scalars(sa.text("SELECT id FROM second ORDER BY id")).all() == [1, 2, 4]
    assert version(connection) == "third"


def test_a_caller_keeps_its_transaction(connection: sa.Connection, plant: Callable[..., Path]) -> None:
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF" if connection.dialect.name == "sqlite" else "SELECT 1")
    plant("second", IMPORTS)

    alembic_command.upgrade(alembic_config(connection=connection), "head")

    assert connection.in_transaction()
    assert version(connection) == "second"


def test_a_downgrade_that_fails_tells_the_revision_to_a_quiet_command_as_well(connection: sa.Connection) -> None:
    upgrade(connection.engine.url)
    connection.execute(sa.text("DROP TABLE employees"))

    *_, revision, _ = command(connection, "-q", "downgrade", "base")

    assert revision.startswith("The database is at: 4b7d1c0e92a5 (head). ")


def test_a_failure_outside_a_revision_names_the_command(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE TABLE alembic_version (wrong INTEGER)"))

    first, reason, statement, revision, _ = command(connection, "upgrade", "head")

    assert first == "FAILED: my-project-db upgrade"
    assert re.match(r"  \w+Error: .*\bversion_num\b", reason)
    assert statement.startswith("  SELECT alembic_version.version_num")
    assert revision == "The database is at: unknown."


def test_the_traceback_of_a_failure_can_be_asked_for(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE TABLE companies (id INTEGER)"))
    connection.commit()
    url = connection.engine.url.render_as_string(hide_password=False)

    with pytest.raises(sa.exc.DBAPIError):
        main(["--traceback", "-x", f"url={url}", "upgrade", "head"])


def test_a_url_that_is_given_wins(empty_database: URL) -> None:
    assert target(empty_database) == empty_database
    assert target(str(empty_database.set(password=None))).database == empty_database.database


def test_a_url_that_cannot_be_right_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="not a database URL"):
        upgrade("nonsense")


def test_a_database_that_cannot_be_reached_is_one_sentence(empty_database: URL) -> None:
    if empty_database.get_backend_name() == "sqlite":
        nowhere = empty_database.set(database="/nowhere/at/all.db")
    else:
        nowhere = empty_database.set(host="127.0.0.1", port=1)

    with pytest.raises(CommandError, match=r"^DATABASE_URL: no connection to .*: .*(unable to open|refused)"):
        upgrade(nowhere)


def test_only_the_configuration_of_this_project_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert checkout() == Path("pyproject.toml")

    monkeypatch.chdir(tmp_path)
    assert checkout() is None
    for text in ('[tool.alembic]\nscript_location = "elsewhere:migrations"\n', "[tool]\n", "no TOML"):
        Path("pyproject.toml").write_text(text, "utf-8")
        assert checkout() is None
