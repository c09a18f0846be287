"""Tests of the benchmarks: claims of speed have figures of one run, and all programs work."""

import math
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from benchmarks.charts import charts, svg
from benchmarks.figures import DATA, DATABASES, as_json, load, multiples, verdict
from benchmarks.plans import PLANS
from benchmarks.report import pages, table
from benchmarks.views import TITLES, VIEWS, Section, sections_of

from .answers import ROOT
from .projects import printed, run

FOUND: dict[str, Any] = load()
SECTIONS = [
    section
    for name, records in groupby(FOUND["records"], lambda record: str(record["benchmark"]))
    for section in sections_of(name, list(records))
]
CHARTS = {chart.name: (svg(chart), section) for section in SECTIONS for chart in section.charts}
# The names of measures in the titles of panels and below them. All others are times.
MEASURES = {
    "lost, reported as stored": "lost updates",
    "failed with an error": "errors",
    "99th percentile of the time": "p99 ms",
    "milliseconds (log scale)": "p99 ms",
    "milliseconds, median (log scale)": "p50 ms",
}


def comparison(*others: float, bounds: tuple[float | None, float | None]) -> dict[str, Any]:
    """Return a comparison in which each round of the other way took so many times as long as the first's."""
    ways = {
        "this project": {"seconds": [0.002] * len(others), "measures": {"statements": [3] * len(others)}},
        "another way": {"seconds": [0.002 * other for other in others], "measures": {}},
    }
    return {"benchmark": "units", "title": "insert", "ways": ways, "bounds": {"another way": bounds}}


class Axis(NamedTuple):
    """The first and the last tick of a panel, their places, and whether the words below say that it is a log scale."""

    first: float
    last: float
    left: float
    right: float
    is_logarithmic: bool

    def place(self, value: float) -> float:
        """Return where a value has to be."""
        scale = math.log if self.is_logarithmic else float
        share = (scale(value) - scale(self.first)) / (scale(self.last) - scale(self.first))
        return self.left + share * (self.right - self.left)


class Seen(NamedTuple):
    """A mark of a chart, as a reader sees it."""

    panel: str
    row: str
    series: str
    measure: str
    axis: Axis
    x: float
    line: tuple[float, float]
    is_hollow: bool


def having(element: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    """Return the children of a class."""
    return [child for child in element if child.get("class") == kind]


def words(element: ElementTree.Element) -> str:
    return " ".join(element.itertext())


def seen(text: str) -> Iterator[Seen]:
    """Yield the marks of a chart, read from its legend, its rows and its ticks alone."""
    chart = list(ElementTree.fromstring(re.sub(' xmlns="[^"]+"', "", text)))  # noqa: S314 - our own file
    legend = list(next(part for part in chart if part.get("class") == "legend"))
    series = {
        (use.get("class"), use.get("href")): words(name) for use, name in zip(legend[::2], legend[1::2], strict=True)
    } or {("s0", "#a"): ""}
    rows: dict[str, float] = {}
    for number, part in enumerate(chart):
        if part.get("class") == "r":
            rows = {words(row): sum(float(line.attrib["y"]) for line in row) / len(row) - 4 for row in part}
        if part.get("class") != "panel":
            continue
        panel = " ".join(map(words, having(part, "p")))
        below = next(words(other) for other in chart[number:] if other.get("class") == "x")
        ticks = {float(words(tick).replace(",", "")): float(tick.attrib["x"]) for tick in having(part, "x")}
        axis = Axis(min(ticks), max(ticks), min(ticks.values()), max(ticks.values()), "log scale" in below)
        assert [axis.place(value) for value in ticks] == pytest.approx(list(ticks.values()), abs=0.11)
        for group in (child for child in part if child.tag == "g"):
            lines = {
                y: (float(start), float(end))
                for path in group.iter("path")
                for start, y, end in re.findall(r"M(\d+) (\d+)H(\d+)", path.attrib["d"])
            }
            hollow = set(group.findall("g[@class='e']/use"))
            for use in group.iter("use"):
                x, y = float(use.attrib["x"]), use.attrib["y"]
                row = min(rows, key=lambda name: abs(rows[name] - float(y)))
                name = series[group.get("class"), use.get("href")]
                measure = MEASURES.get(panel, MEASURES.get(below, ""))
                yield Seen(panel, row, name, measure, axis, x, lines.get(y, (x, x)), use in hollow)


def is_of(label: str, record: dict[str, Any], way: str) -> bool:
    """Return whether a label says something that is true of this way in this comparison."""
    known = {record["io"], DATABASES[record["database"]], *record["group"].split(", ")}
    return (
        label in {"", way, record["title"].replace("`", ""), "time of an update", *MEASURES}
        or set(label.split(", ")) <= known
    )


@pytest.mark.parametrize("name", CHARTS)
def test_each_mark_of_a_chart_is_where_the_figures_of_its_row_and_its_legend_put_it(name: str) -> None:
    text, section = CHARTS[name]
    marks = list(seen(text))

    for mark in marks:
        measure = mark.measure
        (record, way), *others = [
            (record, way)
            for record in section.records
            for way in list(record["ways"])[0 if measure else 1 :]
            if all(is_of(label, record, way) for label in (mark.panel, mark.row, mark.series))
        ]
        assert not others, f"{mark} may be any of {others}"
        found = multiples(record)[way]
        values = record["ways"][way]["measures"][measure] if measure else [found.least, found.middle, found.greatest]
        assert mark.x == pytest.approx(mark.axis.place(median(values)), abs=0.2)
        assert mark.line == pytest.approx((mark.axis.place(min(values)), mark.axis.place(max(values))), abs=1)
        assert mark.is_hollow == (not measure and round(min(values), 2) <= 1 <= round(max(values), 2))
        assert mark.series or f">{found}</text>" in text
    assert len(marks) == len(set(marks)) == expected(section, {mark.measure for mark in marks})


def expected(section: Section, measures: set[str]) -> int:
    """Return how many marks the charts of some measures have: none for what all others are a multiple of."""
    return sum(len(record["ways"]) - (not measure) for record in section.records for measure in measures)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_at_most_four_panels_and_letters_of_at_least_11_pixels(name: str) -> None:
    text, _ = CHARTS[name]

    assert text.count('class="panel"') <= 4
    assert min(map(int, re.findall(r"(\d+)px", text))) >= 11
    assert 'width="720"' in text  # no page of the site shows it smaller


@pytest.mark.parametrize("name", PLANS)
def test_a_benchmark_has_a_title_a_view_and_findings(name: str) -> None:
    assert TITLES[name]
    assert VIEWS[name]
    assert (ROOT / "benchmarks" / "findings" / f"{name}.md").exists()


def test_the_charts_of_concurrent_updates_say_how_many_there_were() -> None:
    (units,) = re.findall(
        r"^UNITS = pick\(.+, (\d+)\)", (ROOT / "benchmarks/programs/contention.py").read_text("utf-8"), re.MULTILINE
    )

    assert VIEWS["concurrency"][0].title.startswith(f"{units} updates ")


def test_the_figures_and_the_charts_are_less_than_300_kilobytes() -> None:
    files = [DATA, *(ROOT / "docs" / "benchmarks").glob("*.svg")]

    assert sum(file.stat().st_size for file in files) < 300_000


def test_the_file_of_the_figures_is_as_it_would_be_written() -> None:
    assert as_json(FOUND) == DATA.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", list(pages(FOUND)))
def test_a_text_is_made_of_the_figures_and_of_nothing_else(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == pages(FOUND)[path]


def test_the_charts_are_made_of_the_figures_and_of_nothing_else() -> None:
    files = (ROOT / "docs" / "benchmarks").glob("*.svg")

    assert {f"docs/benchmarks/{file.name}": file.read_text(encoding="utf-8") for file in files} == charts(FOUND)


def test_each_benchmark_has_a_page_and_no_other_page_exists() -> None:
    files = (ROOT / "docs" / "benchmarks").glob("*.md")

    assert {file.stem for file in files} == {record["benchmark"] for record in FOUND["records"]}


def test_every_benchmark_has_been_measured_for_every_project() -> None:
    measured = {(record["benchmark"], record["io"], record["database"]) for record in FOUND["records"]}

    assert measured == {(name, run.answers["io"], run.answers["database"]) for name in PLANS for run in PLANS[name]}


@pytest.mark.parametrize(
    ("others", "bounds", "expected"),
    [
        ((1.1, 1.2, 1.3), (1, None), "met"),
        ((0.9, 1.2, 1.3), (1, None), "unclear"),
        ((0.8, 0.9, 1.3), (1, None), "unclear"),
        ((0.7, 0.8, 0.9), (1, None), "missed"),
        ((1.1, 1.2, 1.25), (None, 1.25), "met"),
        ((1.1, 1.2, 1.3), (None, 1.25), "unclear"),
        ((1.2, 1.3, 1.4), (None, 1.25), "unclear"),
        ((1.3, 1.4, 1.5), (None, 1.25), "missed"),
    ],
)
def test_a_target_is_met_or_missed_only_where_all_rounds_say_so(
    others: tuple[float, ...], bounds: tuple[float | None, float | None], expected: str
) -> None:
    assert verdict(comparison(*others, bounds=bounds), "another way") == expected


def test_a_way_whose_range_includes_1_is_said_to_be_equal() -> None:
    found = comparison(0.9, 1.2, 1.3, bounds=(1, None))

    assert table([found]).splitlines()[-1] == "| another way | equal: 1.20 (0.90 to 1.30) |  |"


def test_a_losing_row_stays_in_the_table_and_is_marked() -> None:
    lost = comparison(0.7, 0.8, 0.9, bounds=(1, None))

    assert table([lost]).splitlines()[2:] == [
        "| this project | 1 = 2 ms | 3 |",
        "| another way | 0.80 (0.70 to 0.90) ✗ |  |",
    ]


@pytest.mark.parametrize("name", PLANS)
def test_a_benchmark_can_be_run_by_anyone(name: str) -> None:
    done = run(ROOT, sys.executable, "-m", "benchmarks", "--trial", name)

    output = printed(done)
    if "NOT MEASURED" in output:
        pytest.skip(next(line for line in output.splitlines() if line.startswith("NOT MEASURED")))
    assert f"{name}, " in done.stdout


def test_a_benchmark_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    output = printed(run(ROOT, sys.executable, "-m", "benchmarks", "speed"), returns=2)

    assert f"no benchmark speed; there are {', '.join(PLANS)}" in output
