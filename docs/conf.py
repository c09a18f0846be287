"""How Sphinx makes a site of this folder: `uv run sphinx-build -W docs site`."""

import re
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
REPOSITORY = "https://github.com/org/cookiecutter-sqlalchemy"

project = "cookiecutter-sqlalchemy"
copyright = "its authors"  # noqa: A001 - the name that Sphinx reads
html_title = project

extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline"]  # for `two_images`
myst_heading_anchors = 3  # `page.md#heading`, as GitHub makes them
nitpicky = True

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}
pygments_style, pygments_dark_style = "tango", "github-dark"

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")

PICTURE = re.compile(r'<picture>\s*<source [^>]*srcset="(.+?)">\s*<img alt="(.+?)" src="(.+?)">\s*</picture>')


def lead_out(_app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links to files that are not part of the site to the repository; raise FileNotFoundError if there is none."""

    def lead(link: re.Match[str]) -> str:
        path = normpath(join("docs", page, "..", link[1]))
        if not (file := DOCS.parent / unquote(path)).exists():
            raise FileNotFoundError(f"{page}.md leads to {link[1]}, which is not there")
        is_page = file.suffix == ".md" and DOCS in file.parents
        return link[0] if is_page else f"]({REPOSITORY}/blob/main/{path}{link[2] or ''})"

    source[0] = LINK.sub(lead, source[0])


def two_images(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Let a chart follow the switch of the site between light and dark, and not the system alone."""
    source[0] = PICTURE.sub(r"![\2](\3){.only-light}\n![\2](\1){.only-dark}", source[0])


CHART = re.compile(r"^!\[(.+)\]\(([\w./-]*chart-[\w-]+\.svg)\)$", re.MULTILINE)


def frame_charts(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Give a chart a frame that scrolls on a narrow screen, instead of letters that nobody can read."""
    source[0] = CHART.sub(r"```{figure} \2\n:alt: \1\n:figclass: chart\n```", source[0])


def setup(app: Sphinx) -> None:
    """Register what changes pages on their way into the site."""
    app.connect("source-read", frame_charts, priority=390)
    app.connect("source-read", lead_out)
    app.connect("source-read", two_images)
