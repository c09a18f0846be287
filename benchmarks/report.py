"""The page, the charts and the tables of README.md, made of what was measured and of nothing else."""

import ast
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.answers import ROOT

from .plans import PLANS

Record = dict[str, Any]
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
HERE = Path(__file__).parent
FINDINGS = HERE / "findings"


class Multiple(NamedTuple):
    """A way's time as a multiple of the first way's: the median, the least and the greatest of all rounds."""

    middle: float
    least: float
    greatest: float

    def __str__(self) -> str:
        if self.least == self.greatest:
            return f"{self.middle:.2f}"
        return f"{self.middle:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def multiples(record: Record) -> dict[str, Multiple]:
    """Return the multiple of each way of a comparison."""
    first = next(iter(record["ways"].values()))["seconds"]
    ratios = {
        name: sorted(own / base for own, base in zip(way["seconds"], first, strict=True))
        for name, way in record["ways"].items()
    }
    return {name: Multiple(median(own), own[0], own[-1]) for name, own in ratios.items()}


def verdict(record: Record, way: str) -> str:
    """Return "met", "missed", or "unclear" where the bound of a way lies within its range."""
    least, greatest = record["bounds"].get(way, (None, None))
    found = multiples(record)[way]
    if (least is None or found.middle >= least) and (greatest is None or found.middle <= greatest):
        return "met"
    outside = (least is not None and found.greatest < least) or (greatest is not None and found.least > greatest)
    return "missed" if outside else "unclear"


def time_of(seconds: float) -> str:
    """Return a time for people, of three digits."""
    unit, factor = next(
        ((unit, factor) for unit, factor in (("s", 1), ("ms", 1e3)) if seconds * factor >= 1), ("µs", 1e6)
    )
    value = seconds * factor
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def counts_of(way: Record) -> str:
    """Return what a way counted."""
    # a measure in a unit has it at the end of its name: "p99 ms"
    return ", ".join(f"{median(values):,.4g} {name}" for name, values in way["measures"].items())


def heading(record: Record) -> str:
    """Return what all comparisons of one table have in common."""
    return record["group"] or DATABASES[record["database"]]


def tables_of(records: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Yield the comparisons that make one table, with its heading."""

    def key(record: Record) -> tuple[str, tuple[str, ...]]:
        return heading(record), tuple(record["ways"])

    for (name, _ways), group in groupby(records, key):
        yield name, list(group)


def cell(record: Record, way: str) -> str:
    """Return the multiple and the counts of one way."""
    found, measured = multiples(record)[way], record["ways"][way]
    mark = {"met": "", "unclear": " ?", "missed": " ✗"}[verdict(record, way)]
    first = way == next(iter(record["ways"]))
    time = f"1 = {time_of(median(measured['seconds']))}" if first else f"{found}{mark}"
    return "<br>".join(filter(None, (time, counts_of(measured))))


def table(records: list[Record]) -> str:
    """Return the table of comparisons that have the same ways: a line for each way."""
    head = f"| | {' | '.join(record['title'] for record in records)} |\n|---|{'---|' * len(records)}"
    lines = (f"| {way} | {' | '.join(cell(record, way) for record in records)} |" for way in records[0]["ways"])
    return "\n".join([head, *lines])


def targets(records: list[Record]) -> str:
    """Return how many of our targets are met, and a line for each of the others."""
    all_of = [(record, way, verdict(record, way)) for record in records for way in record["bounds"]]
    count = {word: sum(found == word for *_, found in all_of) for word in ("met", "unclear", "missed")}
    text = (
        f"{count['met']} of {len(all_of)} targets are met; {count['unclear']} can't be told, because the bound lies "
        f"within the range that was measured (marked ?); {count['missed']} are missed (✗)."
    )
    lines = []
    for record, way, found in all_of:
        if found != "met":
            least, greatest = record["bounds"][way]
            wanted = f"at least {least}" if greatest is None else f"at most {greatest}"
            where = f"{record['benchmark']}: {heading(record)}, {record['title']}"
            lines.append(f"| {where} | {way} | {multiples(record)[way]} | {wanted} | {found} |")
    if not lines:
        return text
    return "\n".join([text, "", "| where | way | multiple | wanted | |", "|---|---|---|---|---|", *lines])


def introduction(benchmark: str) -> str:
    """Return what is compared and how: the docstrings of a benchmark's programs say it."""
    found = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in programs(benchmark))
    return "\n\n".join(dict.fromkeys(found))


def programs(benchmark: str) -> list[Path]:
    """Return the programs of a benchmark; an async twin says what its sync one does."""
    names = dict.fromkeys(run.program for run in PLANS[benchmark])
    return [HERE / "programs" / f"{name}.py" for name in names if not name.endswith("_async")]


def picture(name: str, description: str, folder: str) -> str:
    """Return a chart that suits a light and a dark page."""
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{folder}{name}-dark.svg">\n'
        f'  <img alt="{description}" src="{folder}{name}-light.svg">\n'
        "</picture>"
    )


def section(benchmark: str, records: list[Record]) -> str:
    """Return what the page says of one benchmark."""
    findings = FINDINGS / f"{benchmark}.md"
    parts = [f"## {benchmark.replace('_', ' ').capitalize()}", introduction(benchmark)]
    if findings.exists():
        parts.append(findings.read_text(encoding="utf-8").strip())
    parts.append(
        picture(benchmark, f"Chart of {benchmark.replace('_', ' ')}; the tables have its figures", "benchmarks/")
    )
    for name, tables in groupby(tables_of(records), itemgetter(0)):
        parts += [f"### {name}", *(table(own) for _, own in tables)]
    return "\n\n".join(parts)


def page(found: Record) -> str:
    """Return docs/benchmarks.md."""
    records = found["records"]
    machine = "\n".join(f"| {name} | {value} |" for name, value in found["machine"].items())
    parts = [
        "# Benchmarks",
        (FINDINGS / "introduction.md").read_text(encoding="utf-8").strip(),
        f"## Where and when\n\nMeasured from {found['date']}.\n\n| | |\n|---|---|\n{machine}",
        f"## Targets\n\n{targets(records)}",
        *(section(name, list(own)) for name, own in groupby(records, lambda record: str(record["benchmark"]))),
    ]
    return "\n\n".join(parts) + "\n"


def as_text(records: list[Record]) -> str:
    """Return all tables, for a terminal."""
    lines = []
    for record in records:
        title = ", ".join(filter(None, (record["benchmark"], heading(record), record["title"])))
        lines.append(f"\n{title} ({record['clock']} time)")
        for name, way in record["ways"].items():
            time = time_of(median(way["seconds"]))
            lines.append(f"  {name:<32} {multiples(record)[name]!s:<24} {time:>8}  {counts_of(way)}")
    return "\n".join(lines)


def times(found: list[Multiple]) -> str:
    """Return how many comparisons there are, and between which multiples."""
    middles = sorted({f"{multiple.middle:.2f}" for multiple in found})
    between = f": {' to '.join(dict.fromkeys((middles[0], middles[-1])))} times" if found else ""
    return f"{len(found)}{between}"


def units_in_short(records: list[Record]) -> str:
    """Return README.md's table of units of work by one worker: how many comparisons are won, even and lost."""
    chosen = [record for record in records if record["benchmark"] == "units" and ", 1 worker" in record["group"]]
    lines = ["| | takes longer | no difference | takes less time |", "|---|---|---|---|"]
    for way in list(dict.fromkeys(way for record in chosen for way in record["ways"]))[1:]:
        found = [multiples(record)[way] for record in chosen if way in record["ways"]]
        longer = [multiple for multiple in found if round(multiple.least, 2) > 1]
        less = [multiple for multiple in found if round(multiple.greatest, 2) < 1]
        even = len(found) - len(longer) - len(less)
        lines.append(f"| {way}, {len(found)} comparisons | {times(longer)} | {even} | {times(less)} |")
    return "\n".join(lines)


IN_SHORT = {"units": units_in_short}


def readme(text: str, records: list[Record]) -> str:
    """Return README.md with its tables made anew, each between two marks."""
    for name, short in IN_SHORT.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _old, end, after = rest.partition(f"<!-- end of {name} -->")
        text = f"{before}{mark}\n{short(records)}\n\n{end}{after}"
    return text


def pages(found: Record) -> dict[str, str]:
    """Return the texts that are made of the figures, by their paths in this repository."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {"docs/benchmarks.md": page(found), "README.md": readme(text, found["records"])}
