"""The charts: a light and a dark one of each benchmark, with nothing in them that the tables do not have."""

import math
from io import StringIO
from itertools import groupby
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from .report import Record, multiples, tables_of

# Told apart by people who see colours differently too: https://doi.org/10.1038/nmeth.1618
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A7F80", "#B2A100", "#7E57C2", "#A0522D")
MARKS = "oDsvP^X*<>"
STYLES = {
    "light": {"text": "#1f2328", "grid": "#d1d9e0"},
    "dark": {"text": "#e6edf3", "grid": "#3d444d"},
}
PANELS_IN_A_ROW = 3


def settings(style: str) -> dict[str, Any]:
    """Return the settings of matplotlib: text as text, the same bytes for the same figures, no background."""
    text, grid = STYLES[style]["text"], STYLES[style]["grid"]
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "cookiecutter-sqlalchemy",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.linewidth": 0.6,
        "grid.color": grid,
        "axes.edgecolor": grid,
        "text.color": text,
        "axes.labelcolor": text,
        "axes.titlecolor": text,
        "xtick.color": text,
        "ytick.color": text,
        "legend.frameon": False,
    }


def logarithmic(axis: Any) -> None:
    """Give an axis ticks at 1, 2 and 5, written as people do."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def dots(axes: Axes, rows: dict[str, Record], ways: list[str], *, one_each: bool) -> None:
    """Draw multiples: a line for each row, a mark for each way, its range as a bar."""
    for number, way in enumerate(ways):
        for place, (row, record) in enumerate(rows.items()):
            if one_each and row != way:
                continue
            found = multiples(record)[way]
            shift = 0 if one_each else (number - (len(ways) - 1) / 2) * 0.8 / len(ways)
            axes.errorbar(
                found.middle,
                place + shift,
                xerr=[[found.middle - found.least], [found.greatest - found.middle]],
                fmt=MARKS[number % len(MARKS)],
                color=COLOURS[number % len(COLOURS)],
                markersize=6 if number == 0 else 4.5,
                elinewidth=1,
            )
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axvline(1, color=COLOURS[0], linewidth=1)
    axes.set_xscale("log")
    logarithmic(axes.xaxis)
    axes.grid(visible=False, axis="y")


def lines(axes: Axes, records: list[Record], ways: list[str]) -> None:
    """Draw times as they grow: a line for each way."""
    for number, way in enumerate(ways):
        axes.plot(
            [record["x"] for record in records],
            [median(record["ways"][way]["seconds"]) * 1000 for record in records],
            marker=MARKS[number % len(MARKS)],
            color=COLOURS[number % len(COLOURS)],
            markersize=4.5,
            linewidth=2 if number == 0 else 1.2,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([record["x"] for record in records], [f"{record['x']:,g}" for record in records])
    axes.xaxis.set_minor_formatter(NullFormatter())
    logarithmic(axes.yaxis)
    axes.set_ylabel("milliseconds")


def draw(axes: Axes, name: str, records: list[Record]) -> None:
    """Draw one table."""
    ways = list(records[0]["ways"])
    if records[0]["x"] is not None and len(records) > 1:
        lines(axes, records, ways)
    elif len(records) == 1:
        dots(axes, dict.fromkeys(ways, records[0]), ways, one_each=True)
        axes.set_xlabel(f"multiple of “{ways[0]}”")
    else:
        dots(axes, {record["title"]: record for record in records}, ways, one_each=False)
        axes.set_xlabel(f"multiple of “{ways[0]}”")
    axes.set_title(f"{name}\n{records[0]['title']}" if len(records) == 1 else name, loc="left", fontsize=9.5)


def figure_of(records: list[Record]) -> Figure:
    """Return the chart of one benchmark."""
    panels = list(tables_of(records))
    columns = min(PANELS_IN_A_ROW, len(panels))
    height = math.ceil(len(panels) / columns)
    most = max(max(len(own), len(own[0]["ways"]) if len(own) == 1 else 1) for _, own in panels)
    # One legend where all panels compare the same ways. Otherwise a mark means another way in another panel.
    compared = {tuple(own[0]["ways"]) for _, own in panels if len(own) > 1}
    inches = max(2.8, 0.5 * most + 1.2) + (0.2 * max(map(len, compared)) if len(compared) > 1 else 0)
    figure = Figure(figsize=(4.2 * columns, inches * height), layout="constrained")
    for number, (name, own) in enumerate(panels, 1):
        axes = figure.add_subplot(height, columns, number)
        draw(axes, name, own)
        if len(own) > 1 and len(compared) > 1:
            ways = list(own[0]["ways"])
            axes.legend(handles=marks(ways), loc="upper center", bbox_to_anchor=(0.5, -0.12 - 0.4 / inches))
    if len(compared) == 1:
        (ways,) = map(list, compared)
        figure.legend(handles=marks(ways), loc="outside lower center", ncols=min(len(ways), 5))
    return figure


def marks(ways: list[str]) -> list[Line2D]:
    """Return the mark of each way, as `dots` and `lines` draw it, with its name."""
    return [
        Line2D([], [], marker=MARKS[n % len(MARKS)], color=COLOURS[n % len(COLOURS)], linestyle="", label=way)
        for n, way in enumerate(ways)
    ]


def chart(records: list[Record], style: str) -> str:
    """Return the chart of one benchmark, as SVG."""
    with mpl.rc_context(settings(style)):  # type: ignore[arg-type]  # it lists the names of all settings
        out = StringIO()
        metadata = {"Date": None, "Creator": None}
        figure_of(records).savefig(out, format="svg", transparent=True, metadata=metadata)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def charts(found: Record) -> dict[str, str]:
    """Return all charts, by their paths in this repository."""
    return {
        f"docs/benchmarks/{name}-{style}.svg": chart(own, style)
        for name, group in groupby(found["records"], lambda record: str(record["benchmark"]))
        for own in [list(group)]
        for style in STYLES
    }
