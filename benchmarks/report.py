"""The page, the charts and the tables of README.md, from what was measured."""

from pathlib import Path
from statistics import median
from typing import Any

from tests.projects import ROOT

DATA = ROOT / "docs" / "benchmarks.json"
Record = dict[str, Any]


def as_text(records: list[Record]) -> str:
    """Return the multiples and counts of all comparisons."""
    lines = []
    for record in records:
        lines.append(", ".join(filter(None, (record["benchmark"], record["database"], record["group"], record["title"]))))
        first = next(iter(record["ways"].values()))["seconds"]
        for name, way in record["ways"].items():
            ratios = sorted(a / b for a, b in zip(way["seconds"], first, strict=True))
            counts = ", ".join(f"{median(values):g} {measure}" for measure, values in way["measures"].items())
            lines.append(
                f"  {name:<32} x {median(ratios):6.2f}  ({ratios[0]:6.2f} to {ratios[-1]:6.2f})"
                f"  {median(way['seconds']) * 1000:10.3f} ms  {counts}"
            )
    return "\n".join(lines)


def write(found: Record) -> None:
    """Write the page and its charts."""
