"""How Sphinx makes a site of this folder: `uv run sphinx-build -W docs site`."""

import re
import sys
import tomllib
from html import escape, unescape
from pathlib import Path
from posixpath import join, normpath
from textwrap import shorten
from typing import Any
from urllib.parse import quote, unquote

from docutils import nodes
from sphinx.application import Sphinx

DOCS = Path(__file__).parent
REPOSITORY = "https://github.com/org/cookiecutter-sqlalchemy"
PUBLISHED = "https://org.github.io/cookiecutter-sqlalchemy/"
PRACTICES = f"{quote('{{cookiecutter.project_slug}}')}/docs/practices.md"

sys.path.insert(0, str(DOCS / "extensions"))

project = "cookiecutter-sqlalchemy"
copyright = "its authors"  # noqa: A001 - the name that Sphinx reads
release = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))["project"]["version"]
html_title = f"{project} {release}"

extensions = [
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
    "notfound.extension",
    "practices",
]
exclude_patterns = ["extensions"]
myst_enable_extensions = [
    "attrs_inline",  # for `two_images`
    "colon_fence",  # cards, and practices that depend on an option
]
myst_heading_anchors = 3  # `page.md#heading`, as GitHub makes them
nitpicky = True

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css", "pages.css"]
html_logo = html_favicon = "static/logo.svg"
html_baseurl = PUBLISHED
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}
pygments_style, pygments_dark_style = "github-light", "github-dark"

# The output of a program is not copied, and neither are prompts.
copybutton_selector = "div.highlight:not(.highlight-text *) pre"
copybutton_prompt_text = "$ "

notfound_urls_prefix = "/cookiecutter-sqlalchemy/"
notfound_context = {
    "title": "Page not found",
    "body": "<h1>Page not found</h1><p>This page does not exist, or it has moved. Try the search.</p>",
}

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
PICTURE = re.compile(r'<picture>\s*<source [^>]*srcset="(.+?)">\s*<img alt="(.+?)" src="(.+?)">\s*</picture>')
DIAGRAM = re.compile(r"^!\[[^]]*\]\(([\w./-]*static/[\w-]+\.svg)\)$", re.MULTILINE)
FILE = re.compile(r"^<!-- file: (.+) -->$", re.MULTILINE)
README = re.compile(r"^<!-- README: (.+) -->$", re.MULTILINE)


def take_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Put a file of the repository, or a part of README.md, in the place of the comment that names it."""

    def read(name: str) -> str:
        app.env.note_dependency(str(DOCS.parent / name), docname=page)
        text = (DOCS.parent / name).read_text("utf-8")
        return LINK.sub(rf"]({'../' * (page.count('/') + 1)}\1\2)", text)

    def part(comment: re.Match[str]) -> str:
        """Return what stands between two comments, `<!-- picture -->` and the end of it, or below a heading."""
        name, text = re.escape(comment[1]), read("README.md")
        found = re.search(rf"^<!-- {name} -->$(.+?)^<!-- end of |^## {name}$(.+?)^## ", text, re.MULTILINE | re.DOTALL)
        if found is None:
            raise ValueError(f"{page}.md wants {comment[1]} of README.md, which is not there")
        return (found[1] or found[2]).replace('="docs/', '="')

    source[0] = FILE.sub(lambda comment: read(comment[1]), source[0])
    source[0] = README.sub(part, source[0])


def draw_diagrams(app: Sphinx, page: str, source: list[str]) -> None:
    """Put a diagram of our own into the page itself, where it has the colors of the page."""

    def draw(image: re.Match[str]) -> str:
        file = DOCS / normpath(join(page, "..", image[1]))
        app.env.note_dependency(str(file), docname=page)
        return f"```{{raw}} html\n{file.read_text('utf-8')}```"

    source[0] = DIAGRAM.sub(draw, source[0])


def lead_out(_app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links to files that are not part of the site to the repository; raise FileNotFoundError if there is none."""

    def lead(link: re.Match[str]) -> str:
        path = normpath(join("docs", page, "..", link[1]))
        to_the_root = "../" * page.count("/")
        if path == PRACTICES and link[2]:
            from practices import places

            return f"]({to_the_root}practices/{places()[link[2].removeprefix('#')]})"
        if path == "CHANGELOG.md" and not link[2]:
            return f"]({to_the_root}reference/changelog.md)"
        if not (file := DOCS.parent / unquote(path)).exists():
            raise FileNotFoundError(f"{page}.md leads to {link[1]}, which is not there")
        is_page = file.suffix == ".md" and DOCS in file.parents
        if is_page:
            return f"]({to_the_root}{path.removeprefix('docs/')}{link[2] or ''})"
        return f"]({REPOSITORY}/blob/main/{path}{link[2] or ''})"

    source[0] = LINK.sub(lead, source[0])


def two_images(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Let a chart follow the switch of the site between light and dark, and not the system alone."""
    source[0] = PICTURE.sub(r"![\2](\3){.only-light}\n![\2](\1){.only-dark}", source[0])


CHART = re.compile(r"^!\[(.+)\]\(([\w./-]*chart-[\w-]+\.svg)\)$", re.MULTILINE)


def frame_charts(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Give a chart a frame that scrolls on a narrow screen, instead of letters that nobody can read."""
    source[0] = CHART.sub(r"```{figure} \2\n:alt: \1\n:figclass: chart\n```", source[0])


def describe(_app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Tell search engines and messengers what a page is about: its first paragraph, and a picture.

    https://ogp.me/
    """
    if doctree is None or not (paragraph := next(doctree.findall(nodes.paragraph), None)):
        return
    description = shorten(" ".join(paragraph.astext().split()), 200, placeholder=" …")
    tags = {
        "og:type": "website",
        "og:site_name": project,
        "og:title": unescape(context["title"]),
        "og:description": description,
        "og:url": f"{PUBLISHED}{page}.html",
        "og:image": f"{PUBLISHED}_static/card.png",
        "og:image:alt": "Python projects whose database code is right from the first commit",
    }
    context["metatags"] += f'<meta name="description" content="{escape(description)}">'
    context["metatags"] += '<meta name="twitter:card" content="summary_large_image">'
    context["metatags"] += "".join(f'<meta property="{tag}" content="{escape(text)}">' for tag, text in tags.items())


def setup(app: Sphinx) -> None:
    """Register what changes pages on their way into the site."""
    app.connect("source-read", frame_charts, priority=390)
    app.connect("source-read", lead_out)
    app.connect("source-read", two_images)
    app.connect("source-read", take_files, priority=380)
    app.connect("source-read", draw_diagrams, priority=390)
    app.connect("html-page-context", describe)
