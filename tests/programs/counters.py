"""The rows that the programs race for, and what a race comes to."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import json
from collections import Counter as Multiset
from collections.abc import Iterable
from dataclasses import dataclass, field

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.mixins import VersionMixin
from sqlalchemy.orm import Mapped, mapped_column


class Counter(KeyMixin, Base):
    """A row that nothing guards but the transaction."""

    __tablename__ = "counters"

    value: Mapped[int] = mapped_column(default=0)


class VersionedCounter(KeyMixin, VersionMixin, Base):
    """A row of which the second of two concurrent changes is refused."""

    __tablename__ = "versioned_counters"

    value: Mapped[int] = mapped_column(default=0)


AnyCounter = Counter | VersionedCounter


@dataclass
class Tally:
    """The report of one worker: the number of committed units of work, and the errors of the others."""

    committed: int = 0
    errors: Multiset[str] = field(default_factory=Multiset)


def report(tallies: Iterable[Tally], value: int) -> None:
    """Print what all workers reported, next to what the database holds in the end."""
    total = Tally()
    for tally in tallies:
        total.committed += tally.committed
        total.errors += tally.errors
    print(json.dumps({"committed": total.committed, "errors": total.errors, "value": value}))
