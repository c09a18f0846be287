"""The site of docs/: it builds without a warning, and a browser shows every page of it as it should be."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import practices
import pytest
import yaml
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from . import servers
from .answers import ROOT, TEMPLATE
from .conftest import skipped_without_servers
from .projects import run

DOCS = ROOT / "docs"
# Where GitHub serves it; the page for what is not found has links that begin with this.
PREFIX = "/cookiecutter-sqlalchemy/"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# Without these Chromium sends requests to hosts of its own.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def build(source: Path, site: Path) -> tuple[int, str]:
    """Build the site from a folder; return the exit code and what was said."""
    done = run(ROOT, sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", source, site)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site."""
    site = tmp_path_factory.mktemp("site")
    assert build(DOCS, site) == (0, "")
    return site


def test_the_site_has_every_page(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}

    assert {path.relative_to(site).as_posix() for path in site.rglob("*.html")} >= pages


def test_the_workflow_builds_the_site_as_strictly() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "docs.yml").read_text("utf-8"))["jobs"]

    *_, build, upload = jobs["build"]["steps"]

    assert "sphinx-build -W --keep-going docs site" in build["run"]
    assert upload["with"] == {"path": "site"}
    assert jobs["publish"]["needs"] == "build"


def planted(folder: Path, text: str) -> Path:
    """Return the sources of a small site of the same settings, whose page has this text."""
    source = folder / "docs"
    source.mkdir()
    shutil.copy(DOCS / "conf.py", source)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(DOCS / "extensions", source / "extensions")
    shutil.copytree(DOCS / "static", source / "static")
    (source / "index.md").write_text(f"# Index\n\n## There\n\n{text}\n", "utf-8")
    return source


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a page](nowhere.md)", "nowhere.md"),
        ("[a heading](index.md#nowhere)", "nowhere"),
        ("[a heading here](#nowhere)", "nowhere"),
        ("[a file](../nowhere.py)", "nowhere.py"),
        ("![a picture](nowhere.svg)", "nowhere.svg"),
        ("```{nothing}\n```", "nothing"),
    ],
)
def test_a_planted_mistake_fails_the_build(text: str, says: str, tmp_path: Path) -> None:
    code, said = build(planted(tmp_path, text), tmp_path / "site")

    assert code != 0
    assert says in said


def test_a_correct_page_builds(tmp_path: Path) -> None:
    text = "[a page](index.md), [a heading](index.md#there), [another](#there)"

    assert build(planted(tmp_path, text), tmp_path / "site") == (0, "")


class Anchors(HTMLParser):
    """The links of a page of the site, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.ids: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := found.get(name))}
        self.targets |= {value for name in ("href", "src") if (value := found.get(name))}


def broken_links(site: Path) -> list[str]:
    """Return the links between files of a site that lead to no file, or to no anchor of it."""
    pages = {path.relative_to(site).as_posix(): Anchors(path) for path in site.rglob("*.html")}
    broken = []
    for name, page in pages.items():
        for target in page.targets:
            url = urlsplit(urljoin(f"https://site{PREFIX}{name}", target))
            if url.netloc != "site":
                continue
            path, anchor = unquote(url.path).removeprefix(PREFIX) or "index.html", unquote(url.fragment)
            if not (site / path).is_file() or (anchor and path in pages and anchor not in pages[path].ids):
                broken.append(f"{name}: {target}")
    return broken


def test_no_link_of_the_site_is_broken(site: Path) -> None:
    assert broken_links(site) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<a id="here" href="#here"></a><a href="#gone"></a><img src="gone.svg">')

    assert sorted(broken_links(tmp_path)) == ["index.html: #gone", "index.html: gone.svg"]


def test_every_page_describes_itself_to_those_who_link_to_it(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if path.name not in {"404.html", "search.html", "genindex.html"}]
    wanted = ('<meta name="description"', 'property="og:title"', 'property="og:image"', 'icon" href="')

    texts = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in pages}
    assert [f"{name}: {tag}" for name, text in texts.items() for tag in wanted if tag not in text] == []
    assert (site / "_static" / "card.png").is_file()


def words(text: str) -> str:
    """Return the words of a text, without what stands between or around them."""
    return " ".join(["", *re.findall(r"\w+", unescape(text)), ""])


def test_every_line_of_the_practices_is_published(site: Path) -> None:
    shown = words(re.sub(r"<[^>]+>", "", "\n".join(page.read_text("utf-8") for page in (site / "practices").iterdir())))
    _, *chapters = (TEMPLATE / "docs" / "practices.md").read_text("utf-8").partition("\n## ")
    text = re.sub(r"^#%.*$|^\[.*\)$|\]\(.*?\)", "", "".join(chapters), flags=re.MULTILINE)

    lines = [words(part) for line in text.splitlines() for part in re.split(r"\{\{.*?\}\}", line)]
    assert len(lines) > 200
    assert [line for line in lines if line not in shown] == []


def is_meant(label: str, chosen: set[str]) -> bool:
    """Return whether a label names options that were chosen: "PostgreSQL or MySQL/MariaDB, cluster only"."""
    return all({*option.split(" or ")} & chosen for option in label.removesuffix(" only").split(", "))


def read_by(text: str, chosen: set[str]) -> str:
    """Return what a reader takes from a page of the practices who looks at the labels of these options."""
    taken: list[str] = []
    meant: list[bool] = []
    for line in text.splitlines():
        label = re.fullmatch(r"\[(.+)\]\{\.variant-label\}", line)
        if re.fullmatch(r":+\{container\} variant", line):
            meant.append(True)
        elif re.fullmatch(r":+", line):
            meant.pop()
        elif label and meant:
            meant[-1] = is_meant(label[1], chosen)
        elif label:
            if not is_meant(label[1], chosen):
                taken[-1] = ""  # the heading: no project of these options has the section
                meant.append(False)
        elif line.startswith("## "):
            meant.clear()
            taken.append(line)
        elif line and all(meant) and not line.startswith("[In a project:]"):
            taken.append(line)
    return "\n".join(taken)


def test_a_label_names_the_options_whose_projects_have_the_line() -> None:
    for options, text in practices.rendered().items():
        chosen = {labels[option] for labels, option in zip(practices.LABELS.values(), options, strict=True)}
        for chapter, whole in practices.parts(text, "##").items():
            expected = re.sub(r"^\[[^\]]+\]\(.*\)$", "", whole, flags=re.MULTILINE).replace("\n### ", "\n## ")
            published = "".join(
                f"\n## {heading}\n{practices.only(texts)}\n{practices.section(texts)}"
                for heading, texts in practices.chapters()[chapter].items()
            )
            assert words(read_by(published, chosen)) == words(expected), f"{chapter}: {options}"


class Quiet(SimpleHTTPRequestHandler):
    """Serves the site below its prefix, as GitHub does."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(PREFIX.rstrip("/")))

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The URL at which the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; raise UnavailableError where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise servers.UnavailableError("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser."""
    with skipped_without_servers(), chromium() as browser:
        yield browser


def overflow(page: Page) -> str | None:
    """Return by how much the page is wider than its window, if it is."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return f"{width} px in {window}" if width > window else None


# Elements with text whose colors, backgrounds and size no page before had: a style of the site is measured once.
NEW_STYLES = """known => {
    const seen = new Set(known), found = [], backgrounds = new Map();
    const background = element => {
        if (!element) return "";
        if (!backgrounds.has(element)) {
            const style = getComputedStyle(element);
            const own = style.backgroundColor === "rgba(0, 0, 0, 0)" ? "" : style.backgroundColor;
            const opacity = style.opacity === "1" ? "" : style.opacity;
            backgrounds.set(element, background(element.parentElement) + own + opacity);
        }
        return backgrounds.get(element);
    };
    window.newStyles = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg, script")) continue;
        const style = getComputedStyle(element);
        const signature = [style.color, background(element), style.fontSize, style.fontWeight].join();
        if (seen.has(signature)) continue;
        seen.add(signature);
        found.push(signature);
        window.newStyles.push(element);
    }
    return found;
}"""


def low_contrast(page: Page, known: set[str]) -> list[str]:
    """Return elements whose text is too pale for WCAG's level AA, without those of styles that are known."""
    styles = page.evaluate(NEW_STYLES, list(known))
    if not styles:
        return []
    known |= set(styles)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run({include: window.newStyles}, {runOnly: ['color-contrast']})")
    return [node["html"][:100] for violation in found["violations"] for node in violation["nodes"]]


def seen(page: Page, url: str, known: set[str]) -> Iterator[str]:
    """Look at a page wide and narrow, light and dark; yield what is wrong."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    def fail(error: Error) -> None:
        said.append(error.message)

    page.on("console", listen)
    page.on("pageerror", fail)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            if (width, scheme) == (1440, "light"):
                page.goto(url)
            if scheme == "light" and (wider := overflow(page)):
                yield f"{width}: {wider}"
            yield from (f"{width}, {scheme}: {element}" for element in low_contrast(page, known))
    page.remove_listener("console", listen)
    page.remove_listener("pageerror", fail)
    yield from said


def test_every_page_fits_wide_and_narrow_windows_and_can_be_read_in_light_and_dark(
    site: Path, address: str, browser: Browser
) -> None:
    known: set[str] = set()
    wrong = []

    with browser.new_page() as page:
        for path in sorted(site.rglob("*.html")):
            name = path.relative_to(site).as_posix()
            wrong += [f"{name}: {problem}" for problem in seen(page, f"{address}{name}", known)]

    assert wrong == []


def test_a_wide_element_pale_text_and_an_error_of_a_script_are_noticed(browser: Browser) -> None:
    html = "<p style='color: #999'>pale</p><div style='width: 600px'>wide</div><script>missing()</script>"

    with browser.new_page() as page:
        wrong = [*seen(page, f"data:text/html,{quote(html)}", set())]

    assert [problem.partition(":")[0] for problem in wrong[:-1]] == ["1440, light", "390"]
    assert "pale" in wrong[0]
    assert wrong[1:] == ["390: 608 px in 390", "missing is not defined"]


# Terms of the field, and a page that has to be among the first that the search of the site finds for them.
TERMS = {
    "idempotency": "reference/glossary",
    "idempotency key": "guide/cluster",
    "optimistic locking": "practices/units-of-work",
    "pagination": "guide/fastapi",
    "keyset pagination": "reference/glossary",
    "unit of work": "explanation/unit-of-work",
    "causality token": "reference/glossary",
    "serialization conflict": "reference/glossary",
    "deadlock": "reference/glossary",
    "savepoint": "practices/units-of-work",
    "autoflush": "reference/glossary",
    "lazy loading": "guide/loading",
    "connection pool": "reference/glossary",
    "replica": "guide/cluster",
    "ETag": "guide/fastapi",
    "upsert": "recipes/upserts",
    "soft delete": "recipes/soft-delete",
    "outbox": "recipes/outbox",
    "backup": "recipes/backups",
    "restore": "guide/deployment",
    "environment variables": "reference/settings",
    "MissingGreenlet": "reference/faq",
    "PendingRollbackError": "reference/faq",
    "expand and contract": "guide/migrations-in-production",
}


def test_the_search_finds_the_terms_of_the_field(address: str, browser: Browser) -> None:
    missed = []

    with browser.new_page() as page:
        for term, wanted in TERMS.items():
            page.goto(f"{address}search.html?{urlencode({'q': term})}")
            page.wait_for_function("document.querySelector('#search-results h2')?.innerText === 'Search Results'")
            links = page.eval_on_selector_all("#search-results ul.search > li > a", "links => links.map(a => a.href)")
            found = [link.removeprefix(address).partition(".html")[0] for link in links]
            if wanted not in found[:10]:
                missed.append(f"{term}: {wanted} is not among {found[:10]}")

    assert missed == []


def test_pages_of_figures_are_short_and_their_charts_are_shown_as_drawn(
    site: Path, address: str, browser: Browser
) -> None:
    charts = 0

    with browser.new_page(viewport={"width": 1440, "height": 900}) as page:
        for path in sorted((site / "benchmarks").glob("*.html")):
            page.goto(f"{address}benchmarks/{path.name}")
            assert page.evaluate("document.documentElement.scrollHeight") < 8000, path.name
            sizes = page.eval_on_selector_all(
                "figure.chart img", "images => images.map(image => [image.naturalWidth, image.clientWidth])"
            )
            assert all(drawn == shown > 0 for drawn, shown in sizes), path.name
            charts += len(sizes)

    assert charts == len([*(DOCS / "benchmarks").glob("chart-*.svg")])


def test_a_chart_follows_the_switch_of_the_site_and_otherwise_the_system(address: str, browser: Browser) -> None:
    seen = {}

    for system in ("light", "dark"):
        with browser.new_page(color_scheme="light" if system == "light" else "dark") as page:
            page.goto(f"{address}benchmarks/drivers.html")
            for switch in ("auto", "light", "dark"):
                page.evaluate(f"document.body.dataset.theme = '{switch}'")
                seen[system, switch] = page.locator("figure.chart img").screenshot(animations="disabled")

    light, dark = seen["light", "auto"], seen["dark", "auto"]
    assert light != dark
    assert [seen["light", "light"], seen["dark", "light"]] == [light, light]
    assert [seen["light", "dark"], seen["dark", "dark"]] == [dark, dark]


@pytest.mark.parametrize("address_of_nothing", ["nothing.html", "guide/nothing.html"])
def test_the_page_for_what_is_not_found_is_complete_at_any_depth(
    address_of_nothing: str, site: Path, address: str, browser: Browser
) -> None:
    with browser.new_page() as page:
        page.route(f"{address}{address_of_nothing}", lambda route: route.fulfill(path=site / "404.html"))
        wrong = [*seen(page, f"{address}{address_of_nothing}", set())]

        assert page.title().startswith("Page not found")
        assert wrong == []
