"""The errors of PostgreSQL that a request can cause: violated constraints, and timeouts."""

from typing import Literal

from psycopg import Error
from sqlalchemy import Index
from sqlalchemy.schema import ColumnCollectionConstraint

from ..models import Base

# https://www.postgresql.org/docs/current/errcodes-appendix.html
DUPLICATE = {
    "23505",  # unique_violation
    "23P01",  # exclusion_violation
}
REFERENCE = {
    "23503",  # foreign_key_violation
    "23001",  # restrict_violation: since PostgreSQL 18, of ON DELETE RESTRICT
}
TIMEOUTS = {
    "57014",  # query_canceled, by statement_timeout
    "25P04",  # transaction_timeout, if the database role or the URL has one
}


def columns_of(constraint: str | None) -> list[str]:
    """Return the columns of a constraint or unique index, by its name; none if no model has it."""
    return [
        column.key
        for table in Base.metadata.tables.values()
        for named in (*table.constraints, *table.indexes)
        if isinstance(named, ColumnCollectionConstraint | Index)
        if constraint is not None and constraint == named.name
        for column in named.columns
    ]


def violation_of(error: BaseException) -> tuple[Literal["duplicate", "reference"], list[str]] | None:
    """Return the kind of the violated constraint, and its columns.

    None for any other error, and for NOT NULL and CHECK: code that checks its input never sends such values.
    """
    if not isinstance(error, Error) or error.sqlstate not in DUPLICATE | REFERENCE:
        return None
    # https://www.psycopg.org/psycopg3/docs/api/errors.html#psycopg.errors.Diagnostic
    return "duplicate" if error.sqlstate in DUPLICATE else "reference", columns_of(error.diag.constraint_name)


def is_timeout(error: BaseException) -> bool:
    """Return whether the statement or its transaction was cancelled, because it took longer than its timeout."""
    return isinstance(error, Error) and error.sqlstate in TIMEOUTS
