"""How revisions are compared and written, and what the command says; no database but an empty one is needed."""
# mypy: disable-error-code="import-not-found"

import enum
import re
import uuid
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.util import CommandError
from my_project.db.base import ENUM, TYPES
from my_project.db.types import utcnow
from my_project.migrations import autogenerate
from my_project.migrations.commands import checkout, main, upgrade
from my_project.migrations.target import target
from my_project.models import Base
from sqlalchemy import URL
from sqlalchemy.dialects import mysql, postgresql


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
    source = render_python_code(
        ops.UpgradeOps(list(operations)), render_item=autogenerate.render_item, migration_context=context
    )
    return " ".join(source.split())


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

    assert isinstance(alter.existing_type, sa.String)
    assert isinstance(given.existing_type, mysql.LONGTEXT)
    assert isinstance(unknown.existing_type, mysql.LONGTEXT)


def test_the_command_wants_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])

    assert end.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_command_names_the_commands_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])

    assert re.search(r"upgrade.*downgrade.*revision.*check", capsys.readouterr().err)


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

    with pytest.raises(CommandError, match="DATABASE_URL: no connection to"):
        upgrade(nowhere)


def test_only_the_configuration_of_this_project_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert checkout() == Path("pyproject.toml")

    monkeypatch.chdir(tmp_path)
    assert checkout() is None
    for text in ('[tool.alembic]\nscript_location = "elsewhere:migrations"\n', "[tool]\n", "no TOML"):
        Path("pyproject.toml").write_text(text, "utf-8")
        assert checkout() is None
