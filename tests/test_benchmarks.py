"""Tests of the benchmarks: claims of speed have figures of one run, and all programs work."""

import json
import sys
from statistics import median
from typing import Any

import pytest

from benchmarks.charts import MARKS, charts, figure_of
from benchmarks.plans import PLANS
from benchmarks.report import multiples, pages, table, tables_of, verdict

from .answers import ROOT
from .projects import printed, run

FOUND: dict[str, Any] = json.loads((ROOT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))


def comparison(*others: float, bounds: tuple[float | None, float | None]) -> dict[str, Any]:
    """Return a comparison in which each round of the other way took so many times as long as the first's."""
    ways = {
        "this project": {"seconds": [0.002] * len(others), "measures": {"statements": [3] * len(others)}},
        "another way": {"seconds": [0.002 * other for other in others], "measures": {}},
    }
    return {"benchmark": "units", "title": "insert", "ways": ways, "bounds": {"another way": bounds}}


@pytest.mark.parametrize("name", {record["benchmark"]: None for record in FOUND["records"]})
def test_each_mark_of_a_chart_is_the_one_that_its_legend_gives_to_the_way(name: str) -> None:
    records = [record for record in FOUND["records"] if record["benchmark"] == name]
    figure: Any = figure_of(records)  # what matplotlib says of its types helps nobody here

    for axes, (_, own) in zip(figure.axes, tables_of(records), strict=True):
        if len(own) == 1:  # its rows are the ways, by name
            continue
        legend = axes.get_legend() or figure.legends[0]
        names = {(line.get_marker(), line.get_color()): line.get_label() for line in legend.legend_handles}
        shown: dict[str, list[float]] = {way: [] for way in names.values()}
        for line in (line for line in axes.lines if line.get_marker() in MARKS):
            values = line.get_ydata() if own[0]["x"] is not None else line.get_xdata()
            shown[names[line.get_marker(), line.get_color()]] += list(values)
        assert shown == {way: [measured(record, way) for record in own] for way in own[0]["ways"]}


def measured(record: dict[str, Any], way: str) -> float:
    """Return what a chart shows of a way: milliseconds where times grow, multiples elsewhere."""
    if record["x"] is not None:
        return float(median(record["ways"][way]["seconds"])) * 1000
    return float(multiples(record)[way].middle)


@pytest.mark.parametrize("path", list(pages(FOUND)))
def test_a_text_is_made_of_the_figures_and_of_nothing_else(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == pages(FOUND)[path]


def test_the_charts_are_made_of_the_figures_and_of_nothing_else() -> None:
    folder = ROOT / "docs" / "benchmarks"

    assert {f"docs/benchmarks/{file.name}": file.read_text(encoding="utf-8") for file in folder.iterdir()} == charts(
        FOUND
    )


def test_every_benchmark_has_been_measured_for_every_project() -> None:
    measured = {(record["benchmark"], record["io"], record["database"]) for record in FOUND["records"]}

    assert measured == {(name, run.answers["io"], run.answers["database"]) for name in PLANS for run in PLANS[name]}


@pytest.mark.parametrize(
    ("others", "bounds", "expected"),
    [
        ((1.1, 1.2, 1.3), (1, None), "met"),
        ((0.9, 1.0, 1.3), (1, None), "met"),
        ((0.8, 0.9, 1.3), (1, None), "unclear"),
        ((0.7, 0.8, 0.9), (1, None), "missed"),
        ((1.1, 1.2, 1.3), (None, 1.25), "met"),
        ((1.2, 1.3, 1.4), (None, 1.25), "unclear"),
        ((1.3, 1.4, 1.5), (None, 1.25), "missed"),
    ],
)
def test_a_target_is_missed_only_where_all_rounds_say_so(
    others: tuple[float, ...], bounds: tuple[float | None, float | None], expected: str
) -> None:
    assert verdict(comparison(*others, bounds=bounds), "another way") == expected


def test_a_losing_row_stays_in_the_table_and_is_marked() -> None:
    lost = comparison(0.7, 0.8, 0.9, bounds=(1, None))

    assert table([lost]).splitlines()[2:] == [
        "| this project | 1 = 2 ms<br>3 statements |",
        "| another way | 0.80 (0.70 to 0.90) ✗ |",
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
