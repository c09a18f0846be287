"""The idempotency table: the keys of committed transactions, so that none is done twice."""

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Insert, Select, String, Update, insert, select, text, update
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, mapped_column

from ..base import Base
from ..types import utcnow

# Without spaces, which MySQL ignores at the end of a string.
KEY = re.compile(r"[!-~]{1,64}")

# MySQL compares strings without regard to case by default.
KEY_TYPE = String(64).with_variant(mysql.VARCHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


class IdempotencyRecord(Base):
    """The idempotency key of a committed transaction, inserted first in that transaction."""

    __tablename__ = "idempotency_records"

    key: Mapped[str] = mapped_column(KEY_TYPE, primary_key=True)
    # The result for later calls with the same key.
    result: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True, init=False)
    # How often a later transaction has confirmed the row; see `confirm`.
    confirmations: Mapped[int] = mapped_column(server_default=text("0"), init=False)
    # For `prune`, which deletes by age.
    created_at: Mapped[datetime] = mapped_column(server_default=utcnow(), init=False, index=True)


def claim(key: str) -> Insert:
    """Return the INSERT of a key, for the beginning of a transaction.

    A concurrent transaction with the same key waits for the end of this one, and fails if this one commits; a
    SELECT before the INSERT would be a race. Raises ValueError for an invalid key.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no idempotency key: use 1 to 64 ASCII characters, no spaces, such as a UUID")
    return insert(IdempotencyRecord).values(key=key)


def store_result(key: str, result: object) -> Update:
    """Return the UPDATE that stores the result of a key. Raises TypeError if JSON would change the result."""
    try:
        is_kept = json.loads(json.dumps(result, allow_nan=False)) == result
    except (TypeError, ValueError):
        is_kept = False
    if not is_kept:
        raise TypeError(
            f"a transaction with an idempotency key returned {type(result).__name__}, which JSON cannot store "
            "unchanged: return None, a string, a number, or lists and dictionaries of them, such as a primary key"
        )
    return update(IdempotencyRecord).where(IdempotencyRecord.key == key).values(result=result)


def confirm(key: str) -> Update:
    """Return an UPDATE of the record, whose COMMIT proves that the record is replicated.

    A SELECT does not prove it: PostgreSQL keeps a commit whose wait for the replicas was cancelled, and a failover
    loses it. An UPDATE of no row means that a failover has lost it.
    """
    changed = {"confirmations": IdempotencyRecord.confirmations + 1}
    return update(IdempotencyRecord).where(IdempotencyRecord.key == key).values(changed)


def stored_result(key: str) -> Select[Any]:
    """Return the query for the stored result of a key."""
    return select(IdempotencyRecord.result).where(IdempotencyRecord.key == key)
