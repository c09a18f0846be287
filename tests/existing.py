"""A database that others made: the tables of a file of schemas/, with the names that PostgreSQL itself gives."""

from collections.abc import Iterator

import yaml

from .answers import ROOT
from .clients import execute

SCHEMAS = ROOT / "tests" / "schemas"


def statements(schema: str) -> Iterator[str]:
    """Yield the statements that create a schema whose names need no quotes."""
    tables = yaml.safe_load((SCHEMAS / f"{schema}.yml").read_text("utf-8"))
    for name, table in tables.items():
        columns = [
            f"{column} {'serial' if [column] == table['key'] else column_type(said)}"
            for column, said in table["columns"].items()
        ]
        yield f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({', '.join(table['key'])}))"
        yield from (f"CREATE INDEX ON {name} ({indexed})" for indexed in table.get("indexes", []))
    for name, table in tables.items():
        for column, to in table.get("foreign_keys", {}).items():
            parent, _, key = to.partition(".")
            yield f"ALTER TABLE {name} ADD FOREIGN KEY ({column}) REFERENCES {parent} ({key})"


def column_type(said: str) -> str:
    """Return what follows the name of a column."""
    said = said.replace("datetime", "timestamp")
    return said if said.endswith(" null") else f"{said} not null"


def create(url: str, schema: str) -> None:
    """Create a schema in an empty database."""
    execute(url, *statements(schema))
