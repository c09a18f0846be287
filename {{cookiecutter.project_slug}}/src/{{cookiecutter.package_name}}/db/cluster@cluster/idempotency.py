"""The ledger: the keys of the units of work that are committed, so that none is done twice."""

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Insert, Select, String, Update, insert, select, text, update
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base
from .types import utcnow

# Without spaces, which MySQL ignores at the end of a text.
KEY = re.compile(r"[!-~]{1,64}")

# MySQL compares texts without regard to case, unless they are told not to.
KEY_TYPE = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


class AppliedUnit(Base):
    """A unit of work that is committed; its row was written first, in the same transaction."""

    __tablename__ = "applied_units"

    key: Mapped[str] = mapped_column(KEY_TYPE, primary_key=True)
    # What the unit returned, for those who ask again.
    result: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True, init=False)
    # How often a commit was put behind it; see `confirmed`.
    confirmed: Mapped[int] = mapped_column(server_default=text("0"), init=False)
    # For `db.prune`, which deletes by age.
    created_at: Mapped[datetime] = mapped_column(server_default=utcnow(), init=False, index=True)


def claimed(key: str) -> Insert:
    """Write the key down: first in the transaction.

    Another transaction with this key then waits here for the end of this one, and fails if it commits.
    To look first, and to insert then, would be a race. ValueError if this can be no key.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key: 1 to 64 characters of ASCII without spaces, such as a UUID")
    return insert(AppliedUnit).values(key=key)


def returned(key: str, result: object) -> Update:
    """Keep the result for those who come with the same key later.

    Raises TypeError if JSON would make something else of it.
    """
    try:
        kept = json.loads(json.dumps(result, allow_nan=False)) == result
    except (TypeError, ValueError):
        kept = False
    if not kept:
        raise TypeError(
            f"a unit of work with a key returned {type(result).__name__}, which JSON does not keep as it is: "
            "return None, a text, a number, or lists and dictionaries of them, such as the key of a row"
        )
    return update(AppliedUnit).where(AppliedUnit.key == key).values(result=result)


def confirmed(key: str) -> Update:
    """Change the row, so that the commit behind it proves that the row itself is replicated.

    To find the row does not: PostgreSQL keeps a commit whose wait for the replicas was cancelled, and a
    failover loses it. If no row matches, a failover has just done so.
    """
    return update(AppliedUnit).where(AppliedUnit.key == key).values(confirmed=AppliedUnit.confirmed + 1)


def result_of(key: str) -> Select[Any]:
    """What the unit with this key returned."""
    return select(AppliedUnit.result).where(AppliedUnit.key == key)
