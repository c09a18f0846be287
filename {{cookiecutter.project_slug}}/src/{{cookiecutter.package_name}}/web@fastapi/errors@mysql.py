"""The errors of MySQL and MariaDB that a request can cause: violated constraints, and timeouts."""

from ..db.dialect import number_of
from .violations import Violation

# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
DUPLICATE = 1062
# A missing row, and a row with references; the second number of each is for users without privileges, on MySQL.
REFERENCE = {1452, 1216, 1451, 1217}
TIMEOUTS = {3024, 1969}  # of MySQL, of MariaDB


def violation_of(error: BaseException) -> Violation | None:
    """Return the violated constraint.

    None for any other error, and for NOT NULL and CHECK: code that checks its input never sends such values.
    """
    number = number_of(error)
    if number == DUPLICATE:
        return Violation("duplicate")
    return Violation("reference") if number in REFERENCE else None


def is_timeout(error: BaseException) -> bool:
    """Return whether the statement was cancelled, because it took longer than `statement_timeout`."""
    return number_of(error) in TIMEOUTS
