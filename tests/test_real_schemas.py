"""Schemas that nobody here designed become models on the shipped Base, revisions, and the schemas they were."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Inspector, create_engine, inspect, make_url
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedForeignKeyConstraint, ReflectedIndex
from sqlalchemy.pool import NullPool

from . import inside
from .conftest import Bake, NewDatabase
from .existing import SCHEMAS
from .labs import DATABASES, Lab, new_lab
from .planting import package

# Messages of test_conventions.py for a schema, and why the schema stays as it is.
SENTENCES = {
    "chinook": [],
    "sakila": [],
    # SQL Server creates no index for a foreign key, and Northwind has none on these.
    "northwind": [
        "CustomerCustomerDemo: CustomerTypeID: deleting a parent reads this whole table: add index=True",
        "EmployeeTerritories: TerritoryID: deleting a parent reads this whole table: add index=True",
        "Employees: ReportsTo: deleting a parent reads this whole table: add index=True",
        "Territories: RegionID: deleting a parent reads this whole table: add index=True",
    ],
}

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mariadb": "mariadb+pymysql"}

# How the files of SCHEMAS call types of the databases.
TYPES = {
    "integer": r"INTEGER(\(\d+\))?",
    "smallint": r"SMALLINT(\(\d+\))?",
    "boolean": r"BOOLEAN|TINYINT\(1\)",
    "real": "REAL|FLOAT",
    "bytes": "BLOB|BYTEA|LONGBLOB",
    "datetime": r"TIMESTAMP( WITH TIME ZONE)?|DATETIME\(6\)",
    "list": r"JSON|LONGTEXT|VARCHAR\(20\)\[\]",
}


def type_of(column: ReflectedColumn, inspector: Inspector) -> str:
    """Return the type of a column in the words of the files."""
    spelled = re.sub(r" (CHARACTER SET|COLLATE) \w+", "", column["type"].compile(inspector.dialect))
    for word, pattern in TYPES.items():
        if re.fullmatch(pattern, spelled):
            return word
    return spelled.lower().replace(" ", "").replace("decimal", "numeric")


def described(column: ReflectedColumn, inspector: Inspector) -> str:
    """Return what a file says of a column."""
    name, default = type_of(column, inspector), column["default"] or ""
    default = re.sub(r"::[\w ]+$", "", default).strip("'")
    if re.search(r"(?i)current_timestamp|utc_timestamp|strftime", default):
        default = "now"
    elif "nextval" in default:
        default = ""
    elif name == "boolean":
        default = {"1": "true", "0": "false"}.get(default, default)
    elif re.fullmatch(r"[\d.]+", default):
        default = f"{Decimal(default).normalize():f}"  # MariaDB says 0.0000
    return f"{name}{' null' if column['nullable'] else ''}{f' default {default}' if default else ''}"


def reference(key: ReflectedForeignKeyConstraint) -> str:
    """Return what a file says of a foreign key."""
    actions = {"delete": key["options"].get("ondelete"), "update": key["options"].get("onupdate")}
    said = "".join(f" on {event} {action.lower()}" for event, action in actions.items() if action)
    return f"{key['referred_table']}.{'+'.join(key['referred_columns'])}{said}"


def indexed(index: ReflectedIndex) -> str:
    """Return what a file says of an index."""
    kind = str(index.get("dialect_options", {}).get("mariadb_prefix", ""))
    return f"{'+'.join(map(str, index['column_names']))} {kind.lower()}".strip()


def table(name: str, inspector: Inspector) -> dict[str, Any]:
    """Return what a file says of a table."""
    found = {
        "columns": {column["name"]: described(column, inspector) for column in inspector.get_columns(name)},
        "key": inspector.get_pk_constraint(name)["constrained_columns"],
        "foreign_keys": {"+".join(k["constrained_columns"]): reference(k) for k in inspector.get_foreign_keys(name)},
        "unique": sorted("+".join(key["column_names"]) for key in inspector.get_unique_constraints(name)),
        # by name, because InnoDB makes indexes of its own, which it calls like the foreign keys that need them
        "indexes": sorted(map(indexed, (i for i in inspector.get_indexes(name) if str(i["name"]).startswith("ix_")))),
        # ... and MariaDB a CHECK for each JSON column
        "checks": sorted(
            str(check["name"]).removeprefix(f"ck_{name}_")
            for check in inspector.get_check_constraints(name)
            if str(check["name"]).startswith("ck_")
        ),
    }
    return {kind: items for kind, items in found.items() if items}


@contextmanager
def looking_into(url: str) -> Iterator[Inspector]:
    at = make_url(url)
    engine = create_engine(at.set(drivername=DRIVERS[at.drivername]), poolclass=NullPool)
    with engine.connect() as connection:
        yield inspect(connection)


def structure(url: str) -> dict[str, Any]:
    """Return what a database says of itself, as the files of SCHEMAS do."""
    with looking_into(url) as inspector:
        return {name: table(name, inspector) for name in inspector.get_table_names() if name != "alembic_version"}


def documented(schema: str, database: str) -> dict[str, Any]:
    """Return what a schema is on this database."""
    text = (SCHEMAS / f"{schema}.yml").read_text("utf-8")
    # RESTRICT is the default of MariaDB, and not told; the others have no index of this kind
    text = text.replace(" on delete restrict" if database == "mysql" else " fulltext", "")
    said: dict[str, Any] = yaml.safe_load(text)
    return said


def adopt(lab: Lab, schema: str) -> None:
    """Make a schema the models of the project."""
    models = package(lab.project) / "models"
    (models / f"{schema}.py").write_text((SCHEMAS / f"{schema}.py").read_text("utf-8"), "utf-8")
    with (models / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"from .{schema} import *\n")


@pytest.mark.parametrize("schema", SENTENCES)
@pytest.mark.parametrize("database", DATABASES)
def test_models_of_a_real_schema_give_that_schema(
    schema: str, database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database, example="no-example")
    adopt(lab, schema)

    lab.migrate("revision --autogenerate -m all", "upgrade head", "check", "downgrade base", "upgrade head", "check")
    tests = inside.own_tests(
        lab.project, "tests/test_conventions.py", "tests/test_migrations.py", TEST_DATABASE_URL=new_database(database)
    )

    assert structure(lab.url) == documented(schema, database)
    assert sentences(tests.stdout) == SENTENCES[schema]
    assert set(re.findall(r"^FAILED (\S+?)::", tests.stdout, re.MULTILINE)) <= {"tests/test_conventions.py"}
    assert tests.returncode == bool(SENTENCES[schema]), tests.stdout


def sentences(output: str) -> list[str]:
    """Return what the tests of the conventions ask for."""
    told = re.findall(
        r"^E +AssertionError: DB\d{3}, explained in docs/practices\.md:\n((?:E .*\n)*?)E +assert not",
        output,
        re.MULTILINE,
    )
    return sorted(line.removeprefix("E").strip() for block in told for line in block.splitlines())
