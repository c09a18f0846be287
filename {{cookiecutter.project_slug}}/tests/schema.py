"""The source of the diagram in docs/schema.md: `uv run paracelsus inject docs/schema.md` updates it."""

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.types import UserDefinedType

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.models import Base


class Named(UserDefinedType[object]):
    """A type with the name that it has in the database, in one word, because Mermaid allows no more."""

    def __init__(self, name: str) -> None:
        self.name = name.replace(" ", "_")

    def get_col_spec(self, **_options: Any) -> str:
        return self.name


def with_named_types(models: MetaData) -> MetaData:
    """Return a copy of the tables with the names that types have in the database of this project.

    Paracelsus would use those of SQLAlchemy's default dialect, and call a VARCHAR an ENUM.
    """
    own = with_driver(dialect.EXAMPLE_URL, dialect.BLOCKING_DRIVER).get_dialect()()
    copies = MetaData()
    for table in models.sorted_tables:
        copy = table.to_metadata(copies)
        for column in table.columns:
            copy.columns[column.name].type = Named(column.type.compile(own))
    return copies


class Drawn:
    """The metadata that paracelsus reads instead of Base's; see `[tool.paracelsus]` in pyproject.toml."""

    metadata = with_named_types(Base.metadata)
