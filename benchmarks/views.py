"""How each page shows its figures: its sections, and what is a panel, a row and a mark of their charts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .figures import DATABASES, Range, Record, multiples, range_of

TIME = ""  # in place of the name of a measure: the time, as a multiple of the first way's


class Mark(NamedTuple):
    """The result of one way of one comparison."""

    row: str
    series: str
    found: Range


class Panel(NamedTuple):
    """A scale with its marks."""

    title: str
    axis: str
    is_multiple: bool
    is_logarithmic: bool
    marks: list[Mark]


class Chart(NamedTuple):
    """At most four panels, with one legend."""

    name: str
    title: str
    panels: list[Panel]

    @property
    def rows(self) -> list[str]:
        """Return the rows that the panels have together, in order."""
        return list(dict.fromkeys(mark.row for panel in self.panels for mark in panel.marks))

    @property
    def series(self) -> list[str]:
        """Return what the legend has: the same mark means the same in each panel."""
        return list(dict.fromkeys(mark.series for panel in self.panels for mark in panel.marks))


def by_way(_record: Record, way: str) -> str:
    return way


def by_title(record: Record, _way: str = "") -> str:
    return str(record["title"])


def by_database(record: Record, _way: str = "") -> str:
    return DATABASES[record["database"]]


def by_io(record: Record, _way: str = "") -> str:
    return str(record["io"])


def by_workers(record: Record, _way: str = "") -> str:
    return ", ".join(part for part in by_group(record).split(", ") if part != by_database(record))


def by_group(record: Record, _way: str = "") -> str:
    return str(record["group"])


def by_project(record: Record, _way: str = "") -> str:
    return f"{record['io']}, {DATABASES[record['database']]}"


def before_comma(record: Record, _way: str = "") -> str:
    return by_group(record).partition(",")[0]


def nothing(_record: Record, _way: str = "") -> str:
    return ""


Key = Callable[[Record, str], str]


@dataclass(frozen=True)
class View:
    """Comparisons that are shown alike: a section of the page for each `section`, with a chart or one for each measure.

    `title` may use {section} and {measure}. `base` is what the times are a multiple of, where the first ways differ.
    """

    title: str
    has: Callable[[Record], bool] = lambda _record: True
    section: Key = nothing
    panel: Key = nothing
    row: Key = by_way
    series: Key = by_title
    measures: tuple[str, ...] = (TIME,)
    is_one_chart: bool = False  # with a panel for each measure
    base: str = ""


# A measure as a chart has it: the title of its panel, what its axis says, and whether that is logarithmic.
MEASURES = {
    "lost updates": ("lost, reported as stored", "updates", False),
    "errors": ("failed with an error", "updates", False),
    "p50 ms": ("median time", "milliseconds, median", True),
    "p99 ms": ("99th percentile of the time", "milliseconds", True),
}

TITLES = {
    "generating": "Generating a project",
    "first_green": "The first green tests",
    "units": "Units of work",
    "bulk": "Bulk loads",
    "loading": "Loading relationships",
    "concurrency": "Concurrency",
    "isolation": "Isolation of tests",
    "web": "The web application",
    "starting": "Starting",
    "drivers": "Drivers of PostgreSQL",
}

VIEWS: dict[str, list[View]] = {
    "generating": [
        View("Generating {section}", section=by_title, series=nothing),
    ],
    "first_green": [
        View("From a new folder to green tests: this project and the least by hand", row=by_project, series=nothing),
    ],
    "units": [
        View("A unit of work on {section}", section=by_database, panel=by_workers),
    ],
    "bulk": [
        View("{section}", section=by_group, series=by_database),
    ],
    "loading": [
        View("Reading {section}", section=before_comma, panel=by_title, series=by_database),
    ],
    "concurrency": [
        View(
            "192 updates of 4 rows by {section}",
            section=by_group,
            measures=("lost updates", "errors", TIME, "p99 ms"),
            is_one_chart=True,
        ),
    ],
    "isolation": [
        View(
            "One of many tests",
            has=lambda record: not by_group(record).startswith("starting"),
            section=lambda _record, _way: "many tests",
            panel=by_database,
        ),
        View(
            "One test alone",
            has=lambda record: by_group(record).startswith("starting"),
            section=lambda _record, _way: "one test alone",
            series=by_database,
        ),
    ],
    "starting": [
        View(
            "Imports, in a new process",
            has=lambda record: by_title(record) == "imports",
            section=by_title,
            series=by_io,
        ),
        View(
            "Connecting and migrating, in a new process",
            has=lambda record: by_title(record) != "imports",
            section=lambda _record, _way: "connecting and migrating",
            row=by_title,
            series=by_io,
            base="SQLAlchemy alone” or “Alembic alone",
        ),
    ],
    "drivers": [
        View("asyncpg in place of psycopg", row=by_title, series=nothing),
    ],
    "web": [
        View(
            "CPU of the server for a request",
            has=lambda record: by_group(record).startswith("CPU"),
            section=lambda _record, _way: "CPU of the server for a request",
            panel=by_project,
            row=by_title,
            series=by_way,
        ),
        View(
            "Requests for one company: {measure}",
            has=lambda record: by_group(record).startswith("one company"),
            section=lambda _record, _way: "many connections",
            panel=by_project,
            measures=("p50 ms", "p99 ms"),
        ),
        View(
            "",
            has=lambda record: by_group(record).startswith("more than"),
            section=lambda _record, _way: "more than it can serve",
            measures=(),
        ),
    ],
}


class Section(NamedTuple):
    """A part of a page."""

    heading: str
    charts: list[Chart]
    records: list[Record]


def marks_of(view: View, measure: str, record: Record) -> Iterator[Mark]:
    """Yield the marks of a comparison; the first way has none where all others are a multiple of it."""
    for number, (way, found) in enumerate(multiples(record).items()):
        row, series = view.row(record, way), view.series(record, way)
        if measure != TIME and (values := record["ways"][way]["measures"].get(measure)):
            yield Mark(row, series, range_of(values))
        elif measure == TIME and number:
            yield Mark(row, series, found)


def panels_of(view: View, measure: str, records: list[Record]) -> Iterator[Panel]:
    """Yield the panels of one measure."""
    base = view.base or next(iter(records[0]["ways"]))
    times = f"times “{base}”" if view.is_one_chart else f"times as long as “{base}”"
    default, axis, is_logarithmic = MEASURES.get(measure, ("time of an update", times, True))
    panels: dict[str, list[Mark]] = {}
    for record in records:
        title = default if view.is_one_chart else view.panel(record, "")
        panels.setdefault(title, []).extend(marks_of(view, measure, record))
    for title, marks in panels.items():
        yield Panel(title, axis, measure == TIME, is_logarithmic, marks)


def charts_of(benchmark: str, view: View, section: str, records: list[Record]) -> Iterator[Chart]:
    """Yield the charts of a section."""
    groups = [view.measures] if view.is_one_chart else [(measure,) for measure in view.measures]
    for measures in groups:
        panels = [panel for measure in measures for panel in panels_of(view, measure, records)]
        title = view.title.format(section=section, measure=MEASURES.get(measures[0], ("",))[0])
        words = [benchmark, section, *(measures if len(groups) > 1 else [])]
        name = "-".join(re.findall(r"[a-z0-9]+", " ".join(words).lower()))
        yield Chart(name, title, panels)


def sections_of(benchmark: str, records: list[Record]) -> Iterator[Section]:
    """Yield the sections of the page of a benchmark."""
    for view in VIEWS[benchmark]:
        groups: dict[str, list[Record]] = {}
        for record in filter(view.has, records):
            groups.setdefault(view.section(record, ""), []).append(record)
        for heading, own in groups.items():
            yield Section(heading, list(charts_of(benchmark, view, heading, own)), own)
