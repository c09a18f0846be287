"""The results of checks, and the table that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One row of the table; `advice` says how to fix a failure."""

    check: str
    found: str
    wanted: str
    holds: bool
    advice: str
    # Worth a look, but no commits can be lost.
    is_note: bool = False

    @property
    def verdict(self) -> str:
        """Return "ok", "note" or "FAILS"."""
        return "ok" if self.holds else "note" if self.is_note else "FAILS"


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as a table, and below it the advice for failures and notes."""
    rows = [("check", "found", "wanted", "")]
    rows += [(finding.check, finding.found, finding.wanted, finding.verdict) for finding in findings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    advice = [f"{finding.verdict}: {finding.check}: {finding.advice}" for finding in findings if not finding.holds]
    fails = sum(finding.verdict == "FAILS" for finding in findings)
    return "\n".join([*lines, "", *advice, f"{fails} of {len(findings)} checks fail."])


def listed(names: Iterable[object]) -> str:
    """Return three names and the number of the others, or "none"."""
    words = [str(name) for name in names]
    more = [f"{len(words) - 3} more"] if len(words) > 3 else []
    return ", ".join(words[:3] + more) or "none"
