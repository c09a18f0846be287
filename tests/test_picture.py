"""The picture of README.md is drawn from a race that ends in the same way today."""

import re
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .conftest import Bake, NewDatabase
from .picture import FIGURES, FOLDER, PITCH, README, STYLES, UPDATES, WIDTH, Outcome, files, race, recorded

AGAIN = "run `uv run python -m tests.picture`"
SVG = "{http://www.w3.org/2000/svg}"


def picture(style: str) -> Path:
    """Return where the picture for a light or a dark page is."""
    return FOLDER / f"concurrent-updates-{style}.svg"


def test_the_picture_is_drawn_from_its_figures_and_from_nothing_else() -> None:
    stale = [path.name for path, text in files(recorded()).items() if path.read_text("utf-8") != text]

    assert stale == [], AGAIN
    assert {path.name for path in FOLDER.iterdir()} == {FIGURES.name, *(picture(style).name for style in STYLES)}


def test_the_races_of_the_picture_ran_with_the_release_of_sqlalchemy_that_is_locked() -> None:
    def minor(version: str) -> list[str]:
        return version.split(".")[:2]

    assert minor(recorded().sqlalchemy) == minor(metadata.version("sqlalchemy")), AGAIN


def test_a_race_of_today_ends_as_the_picture_shows(bake: Bake, new_database: NewDatabase) -> None:
    shown_defaults, shown_generated = recorded().shown

    defaults, generated = race(bake(), new_database("sqlite"))

    assert generated == shown_generated == Outcome(committed=UPDATES, errors={}, value=UPDATES)
    # how many depends on what else the machine does
    assert shown_defaults.lost > UPDATES // 2, AGAIN
    assert defaults.lost > UPDATES // 4, AGAIN


def test_the_table_of_the_readme_says_what_the_picture_shows() -> None:
    defaults, generated = recorded().shown
    about = f"{round(defaults.lost, -2):,} of {UPDATES:,}"
    [row] = re.findall(r"^\| SQLite loses about .*$", README.read_text("utf-8"), re.MULTILINE)

    assert row == (
        f"| SQLite loses about {about} concurrent updates, without an error | all {generated.value:,} are kept |"
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_picture_has_a_square_for_each_update(style: str) -> None:
    panels = ET.parse(picture(style)).iter(f"{SVG}g")  # noqa: S314 - it is ours
    for outcome, panel in zip(recorded().shown, panels, strict=True):
        areas = dict.fromkeys(("url(#kept)", "url(#lost)"), 0.0)
        for rectangle in panel:
            areas[rectangle.attrib["fill"]] += float(rectangle.attrib["width"]) * float(rectangle.attrib["height"])

        assert [round(area / PITCH**2) for area in areas.values()] == [outcome.value, outcome.lost]


@pytest.mark.parametrize("style", STYLES)
def test_a_picture_can_be_read_on_a_phone(style: str) -> None:
    """A phone shows a README 340 px wide."""
    text = picture(style).read_text("utf-8")
    [size] = re.findall(r"font: (\d+)px", text)

    assert int(size) * 340 / WIDTH > 10
    assert len(text) < 4000


def luminance(colour: str) -> float:
    """Return the relative luminance of a color, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("style", "page"), [("light", "#ffffff"), ("dark", "#0d1117")])
def test_a_picture_has_the_contrast_that_readers_need(style: str, page: str) -> None:
    """4.5 for text, 3 for graphics, https://www.w3.org/TR/WCAG22/#contrast-minimum; the pages are GitHub's."""

    def contrast(kind: str) -> float:
        lighter, darker = sorted((luminance(STYLES[style][kind]), luminance(page)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    assert contrast("text") > 4.5
    assert min(contrast("kept"), contrast("lost")) > 3
