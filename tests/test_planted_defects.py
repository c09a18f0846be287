"""Mutation tests of a generated project: its own tests must find each defect that is planted into a copy."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .planting import ADD_CITY, CITY, DROP_CITY, Edit, Revision
from .projects import printed

ONE_HEAD = "test_the_history_has_one_head"
DOWN = "test_every_downgrade_undoes_its_upgrade"
MODELS = "test_the_migrated_schema_equals_the_models"
ROWS = "test_no_revision_loses_rows"

CHANGE_CITY = 'with op.batch_alter_table("companies") as batch:\n    batch.alter_column("city", server_default="{}")'
COPY_COMPANIES = 'with op.batch_alter_table("companies", recreate="always") as batch:\n    pass'
ZONED = 'sa.TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb", "mysql")'
FOREIGN_KEYS_ON = Edit(
    "migrations/locking.py", 'SETTINGS = ["PRAGMA foreign_keys = OFF"]', 'SETTINGS = ["PRAGMA foreign_keys = ON"]'
)
SHIPPED = "migrations/versions/20260101_0000_4b7d1c0e92a5_companies_and_employees.py"


@dataclass(frozen=True)
class Defect:
    """A mistake, the test that must fail for it, and what this test must say (a regular expression)."""

    what: str
    planted: tuple[Revision | Edit, ...]
    caught_by: str
    says: str
    kind: str = "sqlite"


DEFECTS = [
    Defect(
        "two revisions follow the same one",
        (Revision(name="one"), Revision(name="other")),
        ONE_HEAD,
        "two revisions follow the same one: run `alembic merge heads`",
    ),
    Defect(
        "a downgrade does nothing",
        (CITY, Revision(ADD_CITY)),
        DOWN,
        "the downgrade of second does not undo its upgrade",
    ),
    Defect(
        "a downgrade forgets one of two columns",
        (Revision(f"{ADD_CITY}\n{ADD_CITY.replace('city', 'town')}", DROP_CITY),),
        DOWN,
        "the downgrade of second does not undo its upgrade",
    ),
    Defect(
        "a downgrade restores another default",
        (
            CITY,
            Revision(ADD_CITY, DROP_CITY),
            Revision(CHANGE_CITY.format("Rome"), CHANGE_CITY.format("Bonn"), name="third", follows="second"),
        ),
        DOWN,
        "the downgrade of third does not undo its upgrade",
    ),
    Defect(
        "a downgrade leaves a type of PostgreSQL behind",
        (
            Revision(
                'size = sa.Enum("S", "L", name="size")\nsize.create(op.get_bind())\n'
                'op.add_column("companies", sa.Column("size", size))',
                'op.drop_column("companies", "size")',
            ),
        ),
        DOWN,
        "the downgrade of second does not undo its upgrade",
        kind="postgresql",
    ),
    Defect(
        "a column of the model has no migration",
        (CITY,),
        MODELS,
        r"New upgrade operations detected: .*add_column.*city",
    ),
    Defect(
        "a model has no migration",
        (
            Edit(
                "models/company.py",
                "class Company(",
                'class Office(KeyMixin, Base):\n    __tablename__ = "offices"\n\n\nclass Company(',
            ),
        ),
        MODELS,
        r"New upgrade operations detected: .*add_table.*offices",
    ),
    Defect(
        "a CHECK has another text in the model",
        (Edit("models/employee.py", 'CheckConstraint("weekly_hours > 0"', 'CheckConstraint("weekly_hours > 1"'),),
        MODELS,
        r"weekly_hours > 1",
    ),
    Defect(
        "a column of SQLite has another collation in the model",
        (Edit("models/company.py", "String(100), unique", 'String(100, collation="NOCASE"), unique'),),
        MODELS,
        r"companies, to change them: batch_alter_table.*alter_column\(type_=.*'COLLATE",
    ),
    Defect(
        "a primary key has more columns in the model",
        (
            Edit(
                "models/company.py",
                "mapped_column(String(100), unique=True)",
                "mapped_column(String(100), unique=True, primary_key=True)",
            ),
        ),
        MODELS,
        r"companies pk_constraint",
    ),
    Defect(
        "a time of MariaDB has no fractions in the migration",
        (Edit(SHIPPED, ZONED, "sa.DateTime()"),),
        MODELS,
        r"DATETIME\(6\)",
        kind="mysql",
    ),
    Defect(
        "a batch drops the parents of rows while foreign keys are on",
        (
            Revision(COPY_COMPANIES, COPY_COMPANIES),
            FOREIGN_KEYS_ON,
            Edit(
                "migrations/locking.py", 'if connection.exec_driver_sql("PRAGMA foreign_keys").scalar():', "if False:"
            ),
        ),
        ROWS,
        "second lost rows of employees",
    ),
    Defect(
        "migrations run while foreign keys are on",
        (FOREIGN_KEYS_ON,),
        ROWS,
        "to migrate SQLite, connect with PRAGMA foreign_keys = OFF",
    ),
    Defect(
        "a new column is NOT NULL without a default",
        (
            Edit(CITY.path, CITY.old, CITY.new.replace(', server_default="Oslo"', "")),
            Revision(
                'with op.batch_alter_table("companies", recreate="always") as batch:\n'
                '    batch.add_column(sa.Column("city", sa.String(length=50), nullable=False))',
                DROP_CITY,
            ),
        ),
        ROWS,
        r"NOT NULL constraint failed: .*companies\.city",
    ),
    Defect(
        "an upgrade deletes rows",
        (Revision('op.execute("DELETE FROM employees")'),),
        ROWS,
        "second lost rows of employees",
    ),
    Defect(
        "an upgrade leaves rows without their parents",
        (Revision('op.execute("DELETE FROM companies")'),),
        ROWS,
        "rolled back, because foreign keys would be broken: row 1 of employees refers to no companies",
    ),
]


def migration_tests(project: Path, kind: str, new_database: NewDatabase, returns: int) -> str:
    """Run the project's tests of its migrations, and return what they print."""
    environment = {} if kind == "sqlite" else {"TEST_DATABASE_URL": new_database(kind)}
    return printed(inside.own_tests(project, "tests/test_migrations.py", **environment), returns=returns)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what.replace(" ", "-"))
def test_the_migration_tests_of_a_project_find(
    defect: Defect, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(database=defect.kind), tmp_path)
    for planted in defect.planted:
        planted.plant(project)

    output = migration_tests(project, defect.kind, new_database, returns=1)

    assert f"FAILED tests/test_migrations.py::{defect.caught_by}" in output
    assert re.search(defect.says, output), output


def test_the_migration_tests_of_a_project_accept_branches_that_are_merged_and_rows_that_a_revision_brings(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(), tmp_path)
    brings = Revision(
        "op.execute(\"INSERT INTO companies (name) VALUES ('Acme')\")", 'op.execute("DELETE FROM companies")', "one"
    )
    for planted in (
        CITY,
        brings,
        Revision(ADD_CITY, DROP_CITY, "other"),
        Revision(name="merged", follows=("one", "other")),
    ):
        planted.plant(project)

    output = migration_tests(project, "sqlite", new_database, returns=0)

    assert "4 passed" in output


def test_a_column_that_no_sample_fits_is_named(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> None:
    project = inside.copy(bake(database="postgresql"), tmp_path)
    Revision(
        "from sqlalchemy.dialects.postgresql import INT4RANGE\n"
        'op.create_table("seats", sa.Column("rows", INT4RANGE(), nullable=False))',
        'op.drop_table("seats")',
    ).plant(project)

    output = migration_tests(project, "postgresql", new_database, returns=1)

    assert "no sample fits one of seats.rows: add it to SPECIAL: " in output


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_the_migration_tests_of_a_project_find_nothing_where_nothing_is_wrong(
    kind: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(database=kind), tmp_path)
    for planted in (CITY, Revision(ADD_CITY, DROP_CITY)):
        planted.plant(project)

    output = migration_tests(project, kind, new_database, returns=0)

    assert "4 passed" in output
