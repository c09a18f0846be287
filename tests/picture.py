"""The picture of README.md: `uv run python -m tests.picture` runs the race that it shows, and draws it.

It writes docs/pictures/ and two places of README.md: the picture, and the row about these updates.
"""

import json
import re
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from . import inside
from .answers import ROOT
from .projects import new_project

README = ROOT / "README.md"
FOLDER = ROOT / "docs" / "pictures"
FIGURES = FOLDER / "concurrent-updates.json"
PART = "<!-- picture -->\n\n{}\n\n<!-- end of picture -->"

WORKERS, UPDATES_EACH = 8, 200
UPDATES = WORKERS * UPDATES_EACH
RACES = 5

COLUMNS, ROWS = 100, 16  # a square for each update
PITCH = 6.4
WIDTH, HEIGHT = 640, 359
# Legible on the backgrounds of GitHub and of the site, for people who see colors differently too.
STYLES = {
    "light": {"text": "#1f2328", "kept": "#0072b2", "lost": "#d55e00"},
    "dark": {"text": "#e6edf3", "kept": "#56b4e9", "lost": "#ff9a57"},
}


@dataclass(frozen=True)
class Outcome:
    """The result of a race: each committed unit of work added 1 to a value that began as 0."""

    committed: int
    errors: dict[str, int]
    value: int

    @property
    def lost(self) -> int:
        """How many changes were reported as committed and are not there."""
        return self.committed - self.value


@dataclass(frozen=True)
class Figures:
    """The outcomes of races, those that kept least first, and what they ran with."""

    date: str
    sqlalchemy: str
    sqlite: str
    defaults: list[Outcome]
    generated: list[Outcome]

    @property
    def shown(self) -> tuple[Outcome, Outcome]:
        """The median of SQLAlchemy's defaults, and the worst of a generated project."""
        return self.defaults[len(self.defaults) // 2], self.generated[0]


def race(project: Path, url: str) -> tuple[Outcome, Outcome]:
    """Run the race once, with SQLAlchemy's defaults and as a project does it."""
    printed = inside.program(project, "race_sync", url, "threads", UPDATES_EACH, "defaults", "run_transaction")
    defaults, generated = (Outcome(**json.loads(line)) for line in printed.splitlines())
    return defaults, generated


def measured(folder: Path) -> Figures:
    """Run the races with a new project in an empty folder."""
    project = new_project(folder)
    races = [race(project, f"sqlite:///{folder}/{number}.db") for number in range(RACES)]
    return Figures(
        f"{datetime.now(UTC):%Y-%m-%d}",
        metadata.version("sqlalchemy"),
        sqlite3.sqlite_version,
        *(sorted(each, key=lambda outcome: outcome.value) for each in zip(*races, strict=True)),
    )


def recorded() -> Figures:
    """Return the figures of the picture."""
    found = json.loads(FIGURES.read_text("utf-8"))
    defaults, generated = ([Outcome(**outcome) for outcome in found.pop(name)] for name in ("defaults", "generated"))
    return Figures(**found, defaults=defaults, generated=generated)


def squares(outcome: Outcome) -> str:
    """Return a square for each committed update, column by column: first those that are there, then the lost ones."""
    whole, part = divmod(outcome.value, ROWS)
    last, rest = divmod(outcome.committed, ROWS)
    rectangles = [
        ("kept", 0, 0, whole, ROWS),
        ("kept", whole, 0, 1, part),
        ("lost", whole, part, 1, ROWS - part if outcome.lost else 0),
        ("lost", whole + 1, 0, last - whole - 1, ROWS),
        ("lost", last, 0, 1, rest),
    ]
    return "".join(
        f'<rect x="{PITCH * column:g}" y="{PITCH * row:g}" width="{PITCH * columns:g}" height="{PITCH * rows:g}" '
        f'fill="url(#{kind})"/>\n'
        for kind, column, row, columns, rows in rectangles
        if columns > 0 and rows > 0
    )


def panel(top: float, name: str, outcome: Outcome) -> str:
    """Return what one way came to: its name and figures, and the squares below."""
    counts = {"kept": outcome.value, "lost": outcome.lost, "errors": sum(outcome.errors.values())}
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return (
        f'<text class="name" y="{top:g}">{name}</text>'
        f'<text x="{WIDTH}" y="{top:g}" text-anchor="end">{said}</text>\n'
        f'<g transform="translate(0 {top + 14:g})">\n{squares(outcome)}</g>\n'
    )


def pattern(kind: str, look: str) -> str:
    """Return the look of one square."""
    square = f'<rect x="1" y="1" width="{PITCH - 2:g}" height="{PITCH - 2:g}" {look}/>'
    return f'<pattern id="{kind}" width="{PITCH:g}" height="{PITCH:g}" patternUnits="userSpaceOnUse">{square}</pattern>'


def drawn(figures: Figures, style: str) -> str:
    """Return the picture for a light or a dark page, as SVG."""
    colours = STYLES[style]
    defaults, generated = figures.shown
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" \
role="img" aria-labelledby="title">
<title id="title">{described(figures)}</title>
<style>
text {{ font: 20px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: {colours["text"]}; }}
.name {{ font-weight: 600; }}
</style>
{pattern("kept", f'fill="{colours["kept"]}"')}
{pattern("lost", f'fill="none" stroke="{colours["lost"]}" stroke-width="1.2"')}
<text y="20">{UPDATES:,} concurrent updates of a SQLite row by {WORKERS} threads.</text>
<text y="48">A lost update raises no error.</text>
{panel(92, "SQLAlchemy's defaults", defaults)}\
{panel(242, "A generated project", generated)}\
</svg>
"""


def described(figures: Figures) -> str:
    """Return what the picture shows, in words."""
    defaults, generated = figures.shown
    return (
        f"Of {UPDATES:,} concurrent updates, SQLAlchemy's defaults keep {defaults.value:,} and lose "
        f"{defaults.lost:,} without an error; a generated project keeps {generated.value:,}."
    )


def part_of(figures: Figures) -> str:
    """Return the part of README.md: the picture, and what was run."""
    path = "docs/pictures/concurrent-updates"
    return PART.format(
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{path}-dark.svg">\n'
        f'  <img alt="{described(figures)}" src="{path}-light.svg">\n'
        "</picture>\n\n"
        f"*The median of {len(figures.defaults)} runs of [this race](tests/programs/race_sync.py) with SQLAlchemy "
        f"{figures.sqlalchemy}, whose defaults kept {figures.defaults[0].value:,} to {figures.defaults[-1].value:,} "
        "updates; a generated project uses `run_transaction`.*"
    )


def files(figures: Figures) -> dict[Path, str]:
    """Return what is written, by its path."""
    readme = re.sub(PART.format(".*?"), lambda _: part_of(figures), README.read_text("utf-8"), flags=re.DOTALL)
    readme = re.sub(r"(?<=loses about )[\d,]+(?= of)", f"{round(figures.shown[0].lost, -2):,}", readme)
    return {
        FIGURES: json.dumps(asdict(figures)) + "\n",
        **{FOLDER / f"concurrent-updates-{style}.svg": drawn(figures, style) for style in STYLES},
        README: readme,
    }


def main() -> None:
    """Run the races, and draw them."""
    with TemporaryDirectory() as name:
        figures = measured(Path(name))
    for path, text in files(figures).items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
