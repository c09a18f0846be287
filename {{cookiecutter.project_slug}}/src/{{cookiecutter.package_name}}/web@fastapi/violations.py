"""Constraints that the values of a request violated."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Index, MetaData
from sqlalchemy.schema import ColumnCollectionConstraint


@dataclass(frozen=True)
class Violation:
    """A violated constraint: of uniqueness, or a foreign key from either side."""

    kind: Literal["duplicate", "reference"]
    constraint: str | None = None  # its name, which only PostgreSQL reports apart from the message

    def columns(self, metadata: MetaData) -> list[str]:
        """Return the keys of the columns of the constraint; none where its name is not known."""
        return [
            column.key
            for table in metadata.tables.values()
            for named in (*table.constraints, *table.indexes)
            if isinstance(named, ColumnCollectionConstraint | Index)
            if self.constraint is not None and self.constraint == named.name
            for column in named.columns
        ]
