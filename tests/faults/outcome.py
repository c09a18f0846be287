"""Comparison of the units of work that workers reported with the rows in the database."""

import json
from collections import Counter
from dataclasses import dataclass, field

from ..clients import rows


@dataclass(frozen=True)
class Report:
    """The report of the workers; see programs/fault_units.py."""

    # The operations whose unit of work returned.
    acknowledged: list[str]
    # The errors that came out of the others.
    errors: dict[str, str]
    # The operations that were still waiting for a response when the program ended.
    unfinished: list[str]
    # The longest time in seconds that each worker went without an acknowledgement.
    stalls: list[float]
    # How many workers had none in the last moments.
    stuck: int

    @classmethod
    def read(cls, printed: str) -> "Report":
        """Return the report that a program printed last."""
        return cls(**json.loads(printed.splitlines()[-1]))


@dataclass(frozen=True)
class Outcome:
    """The result of a scenario: the columns of the table in docs/faults.md."""

    acknowledged: int
    # Acknowledged, and not there.
    lost: int
    # Rows of an operation beyond one.
    duplicated: int
    # There, but an error for the caller.
    reported_as_errors: int
    errors: int
    # Seconds: the longest time that one of the workers went without an acknowledgement.
    stall: float
    stuck: int
    # Units of work that had not come back long after their deadline.
    unfinished: int
    # Whether each unit of work was done whole or not at all: as many rows as the counters say.
    atomic: bool
    # How often which error came out, for people; shortened, because each has its own values.
    texts: dict[str, int] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        """Return a line for people."""
        return (
            f"{self.acknowledged} acknowledged, {self.lost} lost, {self.duplicated} duplicated, {self.errors} errors, "
            f"{self.reported_as_errors} commits reported as errors, stall {self.stall:.1f} s, {self.stuck} stuck"
            f"{'' if self.atomic else ', NOT ATOMIC'}" + "".join(f"\n    {n} x {t}" for t, n in self.texts.items())
        )


def compare(report: Report, url: str) -> Outcome:
    """Compare what was acknowledged with what the database at this URL, without a driver, holds."""
    there = Counter(operation for (operation,) in rows(url, "SELECT operation FROM fault_entries"))
    ((counted,),) = rows(url, "SELECT sum(value) FROM fault_counters")
    return Outcome(
        acknowledged=len(report.acknowledged),
        lost=sum(operation not in there for operation in report.acknowledged),
        duplicated=there.total() - len(there),
        reported_as_errors=sum(operation in there for operation in report.errors),
        errors=len(report.errors),
        stall=max(report.stalls),
        stuck=report.stuck,
        unfinished=len(report.unfinished),
        atomic=int(counted or 0) == there.total(),
        texts=dict(Counter(text.splitlines()[0][:110] for text in report.errors.values() if text).most_common(3)),
    )
