"""The pages and the tables of README.md, made of what was measured and of nothing else."""

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import median

from tests.answers import ROOT

from .figures import DATABASES, Range, Record, multiples, verdict
from .plans import PLANS
from .views import TITLES, Section, sections_of

HERE = Path(__file__).parent
FINDINGS = HERE / "findings"


def time_of(seconds: float) -> str:
    """Return a time for people, of three digits."""
    unit, factor = next(
        ((unit, factor) for unit, factor in (("s", 1), ("ms", 1e3)) if seconds * factor >= 1), ("µs", 1e6)
    )
    value = seconds * factor
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


# a measure in a unit of time has it behind its name: "p99 ms of reading"
TIMED = re.compile(r"(?P<words>\S.*?) (?P<unit>m?s)(?P<rest> .*)?")
IF_SO = {"keys begin with 1", "seen by another connection"}  # measures that are 0 or 1


def amount(value: float) -> str:
    """Return a figure for people, of three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def counts_of(way: Record) -> list[str]:
    """Return what a way counted."""
    parts = []
    for name, values in way["measures"].items():
        value = median(values)
        if name in IF_SO:
            parts += [name] if value else []
        elif timed := TIMED.fullmatch(name):
            parts.append(f"{timed['words']}{timed['rest'] or ''} {amount(value)} {timed['unit']}")
        elif value == 1 and name.endswith("s") and "/" not in name:
            parts.append(f"1 {name.removesuffix('s')}")
        else:
            parts.append(f"{amount(value)} {name}")
    return parts


def heading(record: Record) -> str:
    """Return what all comparisons of one table have in common."""
    return record["group"] or DATABASES[record["database"]]


def time_in(record: Record, way: str) -> str:
    """Return the multiple of one way, or the time of the first one."""
    if way == next(iter(record["ways"])):
        return f"1 = {time_of(median(record['ways'][way]['seconds']))}"
    found = multiples(record)[way]
    # a range that includes 1 is said to be equal, and needs no mark beside it
    mark = {"met": "", "unclear": "" if found.is_equal else " ?", "missed": " ✗"}[verdict(record, way)]
    return f"{found}{mark}"


def column(measure: str) -> str:
    """Return the head of the column of a measure."""
    timed = TIMED.fullmatch(measure)
    return f"{timed['words']}{timed['rest'] or ''} ({timed['unit']})" if timed else measure


def table(records: list[Record]) -> str:
    """Return the table of comparisons that have the same ways: a line for each way."""
    if len(records) == 1:
        return table_of_one(*records)
    lines = [f"| | {' | '.join(record['title'] for record in records)} |", f"|---|{'---|' * len(records)}"]
    for way in records[0]["ways"]:
        cells = ("<br>".join([time_in(record, way), *counts_of(record["ways"][way])]) for record in records)
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def table_of_one(record: Record) -> str:
    """Return the table of a comparison: a line for each way or for each measure, whichever makes fewer columns."""
    ways = record["ways"]
    measures = list(dict.fromkeys(measure for way in ways.values() for measure in way["measures"]))
    rows = [[record["title"], "time", *map(column, measures)]]
    for way, found in ways.items():
        values = (found["measures"].get(measure) for measure in measures)
        rows.append([way, time_in(record, way), *map(value_in, measures, values)])
    if len(measures) >= len(ways):
        rows = [list(row) for row in zip(*rows, strict=True)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def value_in(measure: str, values: list[float] | None) -> str:
    """Return what one way counted, in a column that has the name of the measure."""
    if values is None:
        return ""
    value = median(values)
    return ("yes" if value else "no") if measure in IF_SO else amount(value)


def count(records: list[Record]) -> dict[str, int]:
    """Return how many targets are met, unclear and missed."""
    found = [verdict(record, way) for record in records for way in record["bounds"]]
    return {word: found.count(word) for word in ("met", "unclear", "missed")}


def targets(records: list[Record]) -> str:
    """Return how many of our targets are met, and a line for each that is missed."""
    found = count(records)
    if not (total := sum(found.values())):
        return ""
    text = (
        f"## Targets\n\n{found['met']} of {total} targets are met in all rounds. {found['unclear']} can't be told: "
        "their bound lies within the range of the rounds. "
        f"{found['missed']} are missed in all rounds{':' if found['missed'] else '.'}"
    )
    lines = []
    for record in records:
        for way, (least, greatest) in record["bounds"].items():
            if verdict(record, way) == "missed":
                wanted = f"at least {least}" if greatest is None else f"at most {greatest}"
                where = ", ".join(dict.fromkeys((heading(record), record["title"])))
                lines.append(f"| {where} | {way} | {multiples(record)[way]} | {wanted} |")
    if not lines:
        return text
    return "\n".join([text, "", "| where | way | multiple | target |", "|---|---|---|---|", *lines])


def introduction(benchmark: str) -> str:
    """Return what is compared and how: the docstrings of a benchmark's programs say it."""
    found = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in programs(benchmark))
    return "\n\n".join(dict.fromkeys(found))


def programs(benchmark: str) -> list[Path]:
    """Return the programs of a benchmark; an async twin says what its sync one does."""
    names = dict.fromkeys(run.program for run in PLANS[benchmark])
    return [HERE / "programs" / f"{name}.py" for name in names if not name.endswith("_async")]


def tables(section: Section) -> Iterator[str]:
    """Yield the tables of a section, each with a heading where there are more than one."""
    by_ways: dict[tuple[str, ...], list[Record]] = {}
    for record in section.records:
        by_ways.setdefault((heading(record), *record["ways"]), []).append(record)
    for (name, *_), own in by_ways.items():
        if name != section.heading and len(by_ways) > 1:
            yield f"**{name}**"
        yield table(own)


def part(section: Section) -> str:
    """Return a section of a page: its charts, and its tables, which are folded where there is a chart."""
    parts = [f"## {section.heading[0].upper()}{section.heading[1:]}"] if section.heading else []
    parts += [f"![{chart.title}: a chart of the figures below](chart-{chart.name}.svg)" for chart in section.charts]
    start = "<details>" if section.charts else "<details open>"
    parts += [f"{start}\n<summary>Figures</summary>", *tables(section), "</details>"]
    return "\n\n".join(parts)


def page(benchmark: str, records: list[Record], run: Record) -> str:
    """Return the page of one benchmark."""
    findings = FINDINGS / f"{benchmark}.md"
    versions = ", ".join(f"{name} {value}" for name, value in run.items() if name not in {"date", "processor"})
    parts = [
        f"# {TITLES[benchmark]}",
        introduction(benchmark),
        findings.read_text(encoding="utf-8").strip(),
        *map(part, sections_of(benchmark, records)),
        targets(records),
        f"Measured on {run['date']}, on {run['processor']}, with {versions}.",
        "[How to read the figures](../benchmarks.md)",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def index(found: Record) -> str:
    """Return docs/benchmarks.md, which leads to the pages."""
    lines = ["| | what is compared | targets met | can't be told | missed |", "|---|---|---|---|---|"]
    names = dict.fromkeys(str(record["benchmark"]) for record in found["records"])
    for name in names:
        numbers = count([record for record in found["records"] if record["benchmark"] == name]).values()
        met = " | ".join(map(str, numbers)) if any(numbers) else "| | "
        compared = introduction(name).partition("\n\n")[0]
        lines.append(f"| [{TITLES[name]}](benchmarks/{name}.md) | {compared} | {met} |")
    parts = [
        "# Benchmarks",
        (FINDINGS / "introduction.md").read_text(encoding="utf-8").strip(),
        "\n".join(lines),
        "\n".join(["```{toctree}", ":hidden:", *(f"benchmarks/{name}" for name in names), "```"]),
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
            lines.append(f"  {name:<32} {multiples(record)[name]!s:<24} {time:>8}  {', '.join(counts_of(way))}")
    return "\n".join(lines)


def times(found: list[Range]) -> str:
    """Return how many comparisons there are, and between which multiples."""
    middles = [f"{middle:.2f}" for middle in sorted(multiple.middle for multiple in found)]
    between = f": {' to '.join(dict.fromkeys((middles[0], middles[-1])))} times" if found else ""
    return f"{len(found)}{between}"


def units_in_short(records: list[Record]) -> str:
    """Return README.md's table of units of work by one worker: how many comparisons are won, even and lost."""
    chosen = [record for record in records if record["benchmark"] == "units" and ", 1 worker" in record["group"]]
    lines = ["| way | takes longer | no difference | takes less time |", "|---|---|---|---|"]
    for way in list(dict.fromkeys(way for record in chosen for way in record["ways"]))[1:]:
        found = [multiples(record)[way] for record in chosen if way in record["ways"]]
        longer = [multiple for multiple in found if multiple.middle > 1 and not multiple.is_equal]
        less = [multiple for multiple in found if multiple.middle < 1 and not multiple.is_equal]
        even = len(found) - len(longer) - len(less)
        lines.append(f"| {way}, {len(found)} comparisons | {times(longer)} | {even} | {times(less)} |")
    return "\n".join(lines)


def first_green_in_short(records: list[Record]) -> str:
    """Return README.md's sentence about the time to the first green tests, which is lost to a project by hand."""
    found = [list(record["ways"].values()) for record in records if record["benchmark"] == "first_green"]
    pairs = [(median(by_hand["seconds"]), median(ours["seconds"])) for by_hand, ours, *_ in found]
    seconds, ratios = sorted(ours for _, ours in pairs), sorted(ours / by_hand for by_hand, ours in pairs)
    return (
        f"A generated project needs {time_of(seconds[0])} to {time_of(seconds[-1])} until its first tests pass: "
        f"{ratios[0]:.1f} to {ratios[-1]:.1f} times as long as a minimal project that is written by hand."
    )


IN_SHORT = {"units": units_in_short, "first_green": first_green_in_short}


def readme(text: str, records: list[Record]) -> str:
    """Return README.md with its tables made anew, each between two marks."""
    for name, short in IN_SHORT.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        _old, end, after = rest.partition(f"<!-- end of {name} -->")
        text = f"{before}{mark}\n{short(records)}\n\n{end}{after}"
    return text


def pages(found: Record) -> dict[str, str]:
    """Return the pages that the figures generate, by their paths in this repository."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return {
        "README.md": readme(text, found["records"]),
        "docs/benchmarks.md": index(found),
        **{
            f"docs/benchmarks/{name}.md": page(name, list(records), found["runs"][name])
            for name, records in groupby(found["records"], lambda record: str(record["benchmark"]))
        },
    }
