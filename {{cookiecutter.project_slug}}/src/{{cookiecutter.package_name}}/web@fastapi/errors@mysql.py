"""The errors of MySQL and MariaDB that a request can cause: violated constraints, and timeouts."""

from typing import Literal

from ..db.dialect import number_of

# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
DUPLICATE = 1062
# A missing row, and a row with references; the second number of each is for users without privileges, on MySQL.
REFERENCE = {1452, 1216, 1451, 1217}
TIMEOUTS = {3024, 1969}  # of MySQL, of MariaDB


def violation_of(error: BaseException) -> tuple[Literal["duplicate", "reference"], list[str]] | None:
    """Return the kind of the violated constraint; this database does not report its columns.

    None for any other error, and for NOT NULL and CHECK: code that checks its input never sends such values.
    """
    number = number_of(error)
    if number == DUPLICATE:
        return "duplicate", []
    return ("reference", []) if number in REFERENCE else None


def is_timeout(error: BaseException) -> bool:
    """Return whether the statement was cancelled, because it took longer than `statement_timeout`."""
    return number_of(error) in TIMEOUTS
