"""Which connections are lent, of whatever pool: a module for the programs that ask."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

LENT: set[int] = set()


@event.listens_for(Pool, "checkout")
def lend(_connection: Any, record: Any, _proxy: Any) -> None:
    """Note a connection that leaves its pool."""
    LENT.add(id(record))


@event.listens_for(Pool, "checkin")
def take_back(_connection: Any, record: Any) -> None:
    """Note a connection that returns, in whatever state."""
    LENT.discard(id(record))
