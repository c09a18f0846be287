"""The charts, as SVG: one for light and dark, of a few KB, with nothing in them that the tables do not have."""

import math
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

from .figures import Record
from .views import Chart, Panel, sections_of

WIDTH = 720  # the pixels that a page of the site has for its text
PAD = 16
GAP = 28
LABEL = 25  # characters of a row's name, then it has a second line
LETTER = 7.7  # pixels of one of them, in a wide font
LINE = 16
STEP = 8  # from mark to mark in a row
VALUE = 190  # pixels for what is written beside a mark

# Told apart by people who see colors differently too, and by their shapes: https://doi.org/10.1038/nmeth.1618
COLOURS = {
    "light": ("#0072b2", "#c04f00", "#007a5a", "#b0458a", "#7a6a00", "#6b4fc0", "#5a6570", "#a0522d"),
    "dark": ("#58a6ff", "#ff9b52", "#3fc79a", "#f08cc6", "#e0c341", "#b8a0f5", "#aab4be", "#e0a080"),
}
SHAPES = (
    "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0Z",
    "M0-5.2 5.2 0 0 5.2-5.2 0Z",
    "M-3.8-3.8h7.6v7.6h-7.6Z",
    "M0-5 4.8 3.6h-9.6Z",
    "M0 5 4.8-3.6h-9.6Z",
    "M-1.6-5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4Z",
    "M-5 0-2.5-4.4h5L5 0 2.5 4.4h-5Z",
    "M-4.5-4.5h9L0 0l4.5 4.5h-9L0 0Z",
)
LETTERS = "abcdefgh"  # the names of the shapes
# the background, text, secondary text, lines, and every second row
THEMES = {
    "light": ("#fff", "#1f2328", "#57606a", "#d1d9e0", "#f6f8fa"),
    "dark": ("#161b22", "#e6edf3", "#a4adb8", "#3d444d", "#1e242c"),
}
FONT = 'system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif'


def colours(theme: str, series: int) -> str:
    """Return the rules of one theme."""
    ground, text, second, line, band = THEMES[theme]
    rules = [
        f".g{{fill:{ground}}}text{{fill:{text}}}.k,.x{{fill:{second}}}",
        f".l{{stroke:{line}}}.o{{stroke:{second}}}.b{{fill:{band}}}",
    ]
    rules += [
        f".s{number}{{fill:{COLOURS[theme][number]};stroke:{COLOURS[theme][number]}}}" for number in range(series)
    ]
    return "".join([*rules, f".e{{fill:{ground}}}"])


def style(series: int) -> str:
    """Return the style of a chart. An image follows the color scheme of its page, or else that of the system."""
    fixed = (
        f"text{{font:13px {FONT}}}.t{{font-size:16px;font-weight:600}}.p{{font-weight:600}}.k,.x{{font-size:12px}}"
        ".r{text-anchor:end}.x{text-anchor:middle}use,path{stroke-width:1.5}.l{stroke-width:1}"
    )
    dark = f"@media(prefers-color-scheme:dark){{{colours('dark', series)}}}"
    return f"<style>{fixed}{colours('light', series)}{dark}</style>"


def number_of(value: float) -> str:
    """Return a coordinate in as few characters as a tenth of a pixel needs."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return a line of text."""
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{number_of(x)}" y="{number_of(y)}"{attribute}>{escape(words, quote=False)}</text>'


def folded(words: str, most: int = LABEL) -> list[str]:
    """Return words in lines."""
    lines = [""]
    for word in words.replace("`", "").split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


class Scale(NamedTuple):
    """From a value to its place, between 0 and 1."""

    least: float
    greatest: float
    is_logarithmic: bool

    def place(self, value: float) -> float:
        """Return where a value is."""
        if self.is_logarithmic:
            return math.log(value / self.least) / math.log(self.greatest / self.least)
        return (value - self.least) / (self.greatest - self.least)

    def ticks(self, width: float) -> list[float]:
        """Return the values that are written below, as many as there is room for."""
        for values in self.candidates():
            inside = [value for value in values if self.least <= value <= self.greatest]
            places = [self.place(value) * width for value in inside]
            if all(b - a >= (30 if self.greatest < 1000 else 38) for a, b in pairwise(places)):
                return inside
        return [self.least, self.greatest]

    def candidates(self) -> Iterator[list[float]]:
        """Yield ever fewer round numbers."""
        powers = [10.0**power for power in range(-4, 7)]
        if self.is_logarithmic:
            for digits in (
                (10, 11, 12, 13, 14, 16, 18, 20, 25, 30, 40, 50, 60, 70, 80, 90),
                (10, 12, 15, 20, 30, 50, 70),
                (10, 15, 20, 30, 50, 70),
                (10, 20, 50),
                (10, 30),
                (10,),
            ):
                yield [power * digit / 10 for power in powers for digit in digits]
        else:
            for step in (power * digit for power in powers for digit in (1, 2, 5)):
                if self.greatest / step < 100:
                    yield [step * number for number in range(100)]


def scale_of(panels: Iterable[Panel]) -> Scale:
    """Return the scale of the panels that measure the same."""
    own = list(panels)
    found = [mark.found for panel in own for mark in panel.marks]
    least, greatest = min(one.least for one in found), max(one.greatest for one in found)
    if not own[0].is_logarithmic:
        return Scale(0, max(greatest, 1) * 1.05, is_logarithmic=False)
    if own[0].is_multiple:
        least, greatest = min(least, 1), max(greatest, 1)
    room = (greatest / least) ** 0.06 * 1.02
    return Scale(least / room, greatest * room, is_logarithmic=True)


def legend(chart: Chart, y: float) -> tuple[list[str], float]:
    """Return what each mark means, how to read it, and how far down that reaches."""
    parts, x = [], float(PAD)
    names = chart.series if chart.series != [""] else []
    for number, name in enumerate(names):
        width = 14 + len(name) * LETTER + 18
        if x + width > WIDTH and x > PAD:
            x, y = PAD, y + LINE
        parts += [
            f'<use href="#{LETTERS[number]}" class="s{number}" x="{x + 5:g}" y="{y - 4:g}"/>',
            text(x + 14, y, name),
        ]
        x += width
    y += LINE + 3 if names else 0
    key = "Mark: median of all rounds. Line: least to greatest."
    if any(panel.is_multiple for panel in chart.panels):
        key += " Hollow: equal, as that range includes 1."
    return [f'<g class="legend">{"".join(parts)}</g>', text(PAD, y, key, "k")], y


def drawn(panel: Panel, chart: Chart, scale: Scale, place: tuple[float, float, float], rows: dict[str, float]) -> str:
    """Return the ticks and the marks of a panel, at its left edge, its upper edge and with its width."""
    left, top, width = place
    bottom = top + sum(rows.values())
    series = chart.series
    parts = [text(left, top - 8, panel.title, "p")] if panel.title else []
    for tick in scale.ticks(width):
        x = left + scale.place(tick) * width
        kind = "o" if panel.is_multiple and tick == 1 else "l"
        parts.append(f'<path class="{kind}" d="M{number_of(x)} {number_of(top)}V{number_of(bottom)}"/>')
        parts.append(text(x, bottom + 16, f"{tick:,.10g}", "x"))
    middles, y = {}, top
    for row, height in rows.items():
        middles[row] = y + height / 2
        y += height
    for number, name in enumerate(series):
        lines: list[str] = []
        marks: list[str] = []
        hollow: list[str] = []
        words: list[str] = []
        for row, own, found in panel.marks:
            if own != name:
                continue
            y = round(middles[row] + (number - (len(series) - 1) / 2) * STEP)
            least, middle, greatest = (
                left + scale.place(value) * width for value in (found.least, found.middle, found.greatest)
            )
            if round(least) < round(greatest):
                lines.append(f"M{least:.0f} {y}H{greatest:.0f}")
            mark = f'<use href="#{LETTERS[number]}" x="{number_of(middle)}" y="{y}"/>'
            (hollow if panel.is_multiple and found.is_equal else marks).append(mark)
            if series == [""]:
                words.append(text(left + width + 12, y + 4, str(found)))
        if hollow:
            marks += ['<g class="e">', *hollow, "</g>"]
        line = f'<path d="{"".join(lines)}"/>' if lines else ""
        parts.append(f'<g class="s{number}">{line}{"".join(marks)}</g>{"".join(words)}')
    return f'<g class="panel">{"".join(parts)}</g>'


def names_of(labels: dict[str, list[str]], heights: dict[str, float], margin: float, top: float) -> str:
    """Return the names of the rows, with every second row in a shade."""
    bands, names = [], []
    for number, (row, lines) in enumerate(labels.items()):
        if number % 2 == 0:
            bands.append(f"M{PAD} {top:.0f}H{WIDTH - PAD}v{heights[row]:.0f}H{PAD}Z")
        first = top + (heights[row] - (len(lines) - 1) * LINE) / 2 + 4
        own = (
            f'<tspan x="{margin - 10:.0f}" y="{first + LINE * place:.0f}">{escape(line, quote=False)}</tspan>'
            for place, line in enumerate(lines)
        )
        names.append(f"<text>{''.join(own)}</text>")
        top += heights[row]
    return f'<path class="b" d="{"".join(bands)}"/>\n<g class="r">{"".join(names)}</g>'


def svg(chart: Chart) -> str:
    """Return a chart."""
    number = len(chart.series)
    labels = {row: folded(row) for row in chart.rows}
    heights = {row: max(26.0, STEP * number + 6, LINE * len(lines) + 6) for row, lines in labels.items()}
    margin = PAD + max(len(line) for lines in labels.values() for line in lines) * LETTER + 12
    columns = len(chart.panels) if len(chart.panels) < 4 else 2
    beside = VALUE if chart.series == [""] else 0
    width = (WIDTH - PAD - margin - beside - GAP * (columns - 1)) / columns
    is_shared = len({panel.axis for panel in chart.panels}) == 1
    head, y = legend(chart, 52)
    parts = [text(PAD, 28, chart.title, "t"), *head]
    for first in range(0, len(chart.panels), columns):
        panels = chart.panels[first : first + columns]
        own = {row: heights[row] for row in chart.rows if any(row == mark.row for one in panels for mark in one.marks)}
        top = y + (32 if panels[0].title else 16)
        y = top + sum(own.values()) + 22
        parts.append(names_of({row: labels[row] for row in own}, own, margin, top))
        for column, panel in enumerate(panels):
            scale = scale_of(other for other in chart.panels if other.axis == panel.axis)
            left = margin + column * (width + GAP)
            parts.append(drawn(panel, chart, scale, (left, top, width), own))
            if not is_shared:
                parts.append(text(left + width / 2, y + 12, axis_of(panel), "x"))
        y += 0 if is_shared else 18
    if is_shared:
        y += 14
        parts.append(text(margin + (WIDTH - PAD - beside - margin) / 2, y, axis_of(chart.panels[0]), "x"))
    size = f'width="{WIDTH}" height="{y + 14:.0f}"'
    shapes = "".join(f'<path id="{name}" d="{shape}"/>' for name, shape in zip(LETTERS[:number], SHAPES, strict=False))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {y + 14:.0f}">{style(number)}',
            f'<defs>{shapes}</defs><rect class="g" {size} rx="6"/>',
            *parts,
            "</svg>\n",
        ]
    )


def axis_of(panel: Panel) -> str:
    """Return what is written below a scale."""
    words = panel.axis + (" (log scale)" if panel.is_logarithmic else "")
    return f"{words}; left of 1 is faster" if panel.axis.startswith("times as") else words


def charts(found: Record) -> dict[str, str]:
    """Return all charts, by their paths in this repository."""
    names = dict.fromkeys(record["benchmark"] for record in found["records"])
    return {
        f"docs/benchmarks/chart-{chart.name}.svg": svg(chart)
        for name in names
        for section in sections_of(name, [record for record in found["records"] if record["benchmark"] == name])
        for chart in section.charts
    }
