"""The tables as docs/schema.md draws them: `uv run paracelsus inject docs/schema.md` draws them anew."""

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.types import UserDefinedType

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.models import Base


class Named(UserDefinedType[object]):
    """A type by the name that it has in the database; in one word, because Mermaid allows no more."""

    def __init__(self, name: str) -> None:
        self.name = name.replace(" ", "_")

    def get_col_spec(self, **_options: Any) -> str:
        return self.name


def with_named_types(models: MetaData) -> MetaData:
    """Return a copy of the tables in which every type is called as it is in the database of this project.

    Paracelsus calls types as SQLAlchemy's default dialect does, and an enum ENUM, which it is not here.
    """
    own = with_driver(dialect.EXAMPLE_URL, dialect.BLOCKING_DRIVER).get_dialect()()
    copies = MetaData()
    for table in models.sorted_tables:
        copy = table.to_metadata(copies)
        for column in table.columns:
            copy.columns[column.name].type = Named(column.type.compile(own))
    return copies


class Drawn:
    """What paracelsus reads in place of Base; see `[tool.paracelsus]` in pyproject.toml."""

    metadata = with_named_types(Base.metadata)
