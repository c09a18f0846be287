"""The figures of all rounds: their file, and what they say of each way."""

import json
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.answers import ROOT

Record = dict[str, Any]
DATA = ROOT / "docs" / "benchmarks.json"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}


class Range(NamedTuple):
    """The median of all rounds, the least and the greatest."""

    middle: float
    least: float
    greatest: float

    @property
    def is_equal(self) -> bool:
        """Return whether the rounds disagree which of the two ways took longer: 1 is within the range as written."""
        return round(self.least, 2) <= 1 <= round(self.greatest, 2)

    def __str__(self) -> str:
        if self.least == self.greatest:
            return f"{self.middle:.2f}"
        return f"{'equal: ' if self.is_equal else ''}{self.middle:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def range_of(values: list[float]) -> Range:
    """Return the range of the values of all rounds."""
    return Range(median(values), min(values), max(values))


def multiples(record: Record) -> dict[str, Range]:
    """Return each way's time as a multiple of the first way's, round by round."""
    first = next(iter(record["ways"].values()))["seconds"]
    return {
        name: range_of([own / base for own, base in zip(way["seconds"], first, strict=True)])
        for name, way in record["ways"].items()
    }


def verdict(record: Record, way: str) -> str:
    """Return "met" or "missed" where all rounds agree on it, and otherwise "unclear"."""
    least, greatest = record["bounds"].get(way, (None, None))
    _, low, high = (round(value, 2) for value in multiples(record)[way])
    if (least is None or low >= least) and (greatest is None or high <= greatest):
        return "met"
    outside = (least is not None and high < least) or (greatest is not None and low > greatest)
    return "missed" if outside else "unclear"


def rounded(value: float) -> float:
    """Return four digits of a figure: a clock has no more that repeat."""
    short = float(f"{value:.4g}")
    return int(short) if short.is_integer() else short


def packed(record: Record) -> Record:
    """Return a record as the file has it: milliseconds, each name once, and one value where all rounds agree."""
    ways = record["ways"].values()
    names = dict.fromkeys(chain.from_iterable(way["measures"] for way in ways))

    def short(values: list[float] | None) -> Any:
        found = [rounded(value) for value in values or []]
        return found[0] if len(set(found)) == 1 else found

    return {
        **record,
        "ways": list(record["ways"]),
        "ms": [[rounded(second * 1000) for second in way["seconds"]] for way in ways],
        "measures": {name: [short(way["measures"].get(name)) for way in ways] for name in names},
    }


def unpacked(record: Record) -> Record:
    """Return a record of the file as the programs print it."""
    rounds = len(record["ms"][0])

    def every(values: Any) -> list[float]:
        return values if isinstance(values, list) else [values] * rounds

    ways = {
        name: {
            "seconds": [value / 1000 for value in record["ms"][number]],
            "measures": {
                measure: every(values[number]) for measure, values in record["measures"].items() if values[number] != []
            },
        }
        for number, name in enumerate(record["ways"])
    }
    return {**{key: value for key, value in record.items() if key not in {"ms", "measures"}}, "ways": ways}


def load(file: Path = DATA) -> Record:
    """Return all figures; none where the file is missing."""
    if not file.exists():
        return {"runs": {}, "records": []}
    found = json.loads(file.read_text(encoding="utf-8"))
    records: list[Record] = []
    for line in found["records"]:
        records.append(line if "benchmark" in line else {**records[-1], **line})
    return {"runs": found["runs"], "records": [unpacked(record) for record in records]}


def as_json(found: Record) -> str:
    """Return the text of the file: a line for each comparison, with what differs from the line above.

    The first line of each benchmark is whole.
    """

    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    runs = ",\n".join(f"{line(name)}:{line(run)}" for name, run in found["runs"].items())
    lines, above = [], Record()
    for record in map(packed, found["records"]):
        is_first = record["benchmark"] != above.get("benchmark")
        lines.append(line({key: value for key, value in record.items() if is_first or above[key] != value}))
        above = record
    records = ",\n".join(lines)
    return f'{{"runs":{{\n{runs}\n}},"records":[\n{records}\n]}}\n'
