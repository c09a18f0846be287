"""The blocks of the guide work as they are written, in their order."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from .answers import ROOT
from .conftest import Bake, NewDatabase
from .forks import SharedEnvironment
from .pages import PAGES, RECIPES, Page, Part
from .reading import NOT_RUN, done, prints
from .test_practices import variants
from .test_readme import NOT_RUN as NOT_TYPED

DOCS = ROOT / "docs"


def links(page: Path) -> list[str]:
    """Return where the links of a page lead."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))
    return [str(child.attrs["href"]) for token in tokens for child in token.children or [] if child.type == "link_open"]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_to_other_sites_have_the_form_of_links(page: Path) -> None:
    outside = [urlsplit(link) for link in links(page) if not link.startswith(("#", "/", ".")) and ":" in link]

    assert [link.geturl() for link in outside if link.scheme != "https" or "." not in link.netloc] == []
    sqlalchemy = [link.path for link in outside if link.netloc == "docs.sqlalchemy.org"]
    assert [path for path in sqlalchemy if not path.startswith("/en/21/")] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_of_pages_beside_the_site_lead_to_files(name: str) -> None:
    inside_it = [link.partition("#")[0] for link in links(ROOT / name) if not link.startswith(("https:", "#"))]

    assert [link for link in inside_it if not (ROOT / link).exists()] == []


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_anchors_in_other_files_are_there(page: Page) -> None:
    for link in links(page.path):
        path, _, anchor = unquote(link).partition("#")
        file = page.path.parent / path
        if anchor and path.startswith("../../"):
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), f"{page.path.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_files_that_are_named_are_there(page: Page) -> None:
    own = {block.text.splitlines()[0].rpartition("/")[2] for block in page.blocks if block.text.startswith("# ")}
    named = set(re.findall(r"`((?:\w+/)*\w+\.(?:py|md|yml|toml|cnf|ini|cfg))`", page.text))

    assert [name for name in named if not variants(name) and name.rpartition("/")[2] not in own] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_every_block_is_of_a_language_that_is_run(page: Page) -> None:
    assert {block.language for block in page.blocks} <= {"python", "sh", "sql"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_no_block_is_wider_than_the_site(page: Page) -> None:
    lines = [line for block in page.blocks for line in f"{block.text}{block.shown or ''}".splitlines()]

    assert [line for line in lines if len(line) > 90] == []


def test_output_is_compared_but_for_breaks_and_gaps() -> None:
    assert prints("one two\n...\nfive", "one\ntwo\nthree\nfour\nfive\n")
    assert prints("[one ...]", "[one two]")
    assert not prints("one two", "one two three")


@pytest.mark.parametrize(
    ("page", "part"),
    [
        pytest.param(page, part, id="-".join([page.path.stem, *(part.answers.values() if len(page.parts) > 1 else ())]))
        for page in PAGES
        if page not in RECIPES  # test_recipes.py does these, and then takes their central lines out
        for part in page.parts
    ],
)
def test_a_page_of_the_guide_does_what_it_says(
    page: Page, part: Part, bake: Bake, new_database: NewDatabase, environment: SharedEnvironment
) -> None:
    with done(page, part, bake, new_database, environment):
        pass


def test_every_command_that_is_not_run_is_in_the_guide() -> None:
    texts = {block.text.strip() for page in PAGES for block in page.blocks}

    assert NOT_RUN.keys() - texts == set()


# Other pages with blocks of code, and who runs these.
ELSEWHERE = {
    "another-database.md": "test_moving.py",
    "benchmarks.md": "test_benchmarks.py runs what its command runs",
    "faults.md": "test_faults.py, test_galera_faults.py and test_group_faults.py run what its command runs",
    "mutants.md": "nothing, because it takes hours; test_mutants.py checks what it wrote",
    "project-layout.md": "test_transcript.py compares it with a project",
    "refused-and-interrupted.md": "test_refusals.py",
    "tour.md": "test_transcript.py",
    "updating.md": "test_updating.py",
}


@pytest.mark.parametrize(
    "page", sorted({*DOCS.rglob("*.md")} - {page.path for page in PAGES}), ids=lambda page: page.stem
)
def test_blocks_of_other_pages_are_run_elsewhere(page: Path) -> None:
    blocks = [block for block in Page(page).blocks if block.language != "{toctree}"]

    unknown = [block for block in blocks if block.text.strip() not in {**NOT_RUN, **NOT_TYPED}]
    assert page.name in ELSEWHERE if unknown else page.name not in ELSEWHERE
