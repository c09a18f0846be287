"""Publish the practices of generated projects: a line that depends on an option is labelled with that option.

The template has them as one file, `docs/practices.md`.
Here it is rendered for all options, and the results are compared.
A page of the site has the chapter that a comment of its own names: `<!-- practices: Models -->`.
"""

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
SOURCE = "docs/practices.md"

# The options by which the text varies, as they are labelled.
LABELS = {
    "topology": {"single-server": "single server", "cluster": "cluster"},
    "database": {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL/MariaDB"},
    "primary_key": {"integer": "auto-increment keys", "uuid": "UUIDv7 keys"},
    "io": {"sync": "sync", "async": "async"},
}
# Options that every practice of the site has.
FIXED = {"example": "example", "web": "fastapi"}
PACKAGE = "my_project"
NAMES = {"project_slug": "my-project", "package_name": PACKAGE}

PLACEHOLDER = re.compile(r"<!-- practices: (.+) -->")
LINK = re.compile(r"\]\(([^)\s#]*)(#[^)\s]*)?\)")
ONLY_LINKS = re.compile(r"(\[[^\]]+\]\([^)]+\)(, )?)+")

Options = tuple[str, ...]
Texts = dict[Options, str]


@cache
def cookiecutter() -> dict[str, dict[str, dict[str, str]]]:
    """Return the prompts of the template and what it derives from them."""
    prompts: dict[str, dict[str, dict[str, str]]] = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    return prompts


@cache
def rendered() -> Texts:
    """Return the text of each combination of options that the template accepts."""
    jinja = Environment(line_statement_prefix="#%", undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    template = jinja.from_string((TEMPLATE / SOURCE).read_text("utf-8"))
    refused = cookiecutter()["_impossible"]
    return {
        options: template.render(cookiecutter={**NAMES, **FIXED, **dict(zip(LABELS, options, strict=True))})
        for options in product(*LABELS.values())
        if not any(option in options and {*options} & {*others} for option, others in refused.items())
    }


def parts(text: str, marks: str) -> dict[str, str]:
    """Return what follows each heading of one level, by its text; what comes before the first is left out."""
    found = re.split(rf"^{marks} (.+)$", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def of_each(texts: Texts, marks: str) -> dict[str, Texts]:
    """Return the parts of all renderings by their headings, in order, and for each the options that have it."""
    headings: list[str] = []
    found: dict[str, Texts] = {}
    for options, text in texts.items():
        place = 0
        for heading, part in parts(text, marks).items():
            if heading not in found:
                headings.insert(place, heading)
            place = headings.index(heading) + 1
            found.setdefault(heading, {})[options] = part
    return {heading: found[heading] for heading in headings}


@cache
def chapters() -> dict[str, dict[str, Texts]]:
    """Return the sections of each chapter, in their order."""
    return {chapter: of_each(texts, "###") for chapter, texts in of_each(rendered(), "##").items()}


def slug(heading: str) -> str:
    """Return the anchor that GitHub and MyST give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def places() -> dict[str, str]:
    """Return the page and the anchor of each section and chapter, by the anchor in the template's file."""
    found = {}
    for chapter, sections in chapters().items():
        found[slug(chapter)] = f"{slug(chapter)}.md"
        found |= {slug(section): f"{slug(chapter)}.md#{slug(section)}" for section in sections}
    return found


@cache
def sources() -> dict[str, list[str]]:
    """Return the files of the template by the path that they have in a project, and each with its variants."""
    choices = sorted({choice for choices in cookiecutter()["_variants"].values() for choice in choices}, key=len)
    tags = re.compile("|".join(f"@{re.escape(choice)}" for choice in reversed(choices)))
    found: dict[str, list[str]] = {}
    for file in sorted(TEMPLATE.rglob("*")):
        path = file.relative_to(TEMPLATE).as_posix()
        project_path = tags.sub("", path).replace("{{cookiecutter.package_name}}", PACKAGE)
        found.setdefault(project_path, []).append(path)
    return found


def led(text: str, repository: str) -> str:
    """Lead links between files of a project to the template's, and those to other sections to their pages."""

    def lead(link: re.Match[str]) -> str:
        path, anchor = link[1], link[2] or ""
        if not path:
            return f"]({places()[anchor.removeprefix('#')]})"
        if path.startswith(page := f"{repository}/blob/main/docs/"):
            return f"](../{path.removeprefix(page)}{anchor})"
        if path.startswith("https:"):
            return link[0]
        variants = sources()[path.removeprefix("../") if path.startswith("../") else f"docs/{path}"]
        kind, file = ("blob", variants[0]) if len(variants) == 1 else ("tree", str(Path(variants[0]).parent.as_posix()))
        return f"]({repository}/{kind}/main/{quote(f'{TEMPLATE.name}/{file}')}{anchor})"

    return LINK.sub(lead, text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a section, a table or a block of code as one of them; a paragraph begins with a break."""
    found: list[str] = []
    new, within = True, False
    for line in text.strip().splitlines():
        if within or (line.startswith("|") and not new and found[-1].lstrip().startswith("|")):
            found[-1] += f"\n{line}"
        elif line:
            found.append(f"\n{line}" if new else line)
        if line.startswith("```"):
            within = not within
        new = not line and not within
    return found


def common(texts: list[list[str]]) -> list[str]:
    """Return the lines that all renderings have, in their order."""
    kept = texts[0]
    for text in texts[1:]:
        matches = SequenceMatcher(None, kept, text, autojunk=False).get_matching_blocks()
        kept = [line for match in matches for line in kept[match.a : match.a + match.size]]
    return kept


def between(text: list[str], kept: list[str]) -> list[str]:
    """Return what stands before each of the lines that are kept, and after the last of them."""
    found = [""]
    rest = iter(kept)
    following = next(rest, None)
    for line in text:
        if line == following:
            found.append("")
            following = next(rest, None)
        else:
            found[-1] += f"{line}\n"
    return found


def divisions(texts: Texts) -> Iterator[list[tuple[str, Texts]]]:
    """Yield each way to divide the renderings by one prompt: its options as labels, and the renderings of each."""
    for place, labels in enumerate(LABELS.values()):
        by_option: dict[str, Texts] = {}
        for options, text in texts.items():
            by_option.setdefault(options[place], {})[options] = text
        divided: list[tuple[list[str], Texts, Texts]] = []
        for option, subset in by_option.items():
            outcome = {(*options[:place], *options[place + 1 :]): text for options, text in subset.items()}
            for same, others, all_of_them in divided:
                # not all options have the same combinations: SQLite has no cluster
                both = outcome.keys() & others.keys()
                if both and all(outcome[rest] == others[rest] for rest in both):
                    same.append(labels[option])
                    others |= outcome
                    all_of_them |= subset
                    break
            else:
                divided.append(([labels[option]], outcome, subset))
        if len(divided) > 1:
            yield [(" or ".join(same), all_of_them) for same, _, all_of_them in divided]


def cases(texts: Texts) -> int:
    """Return how many blocks the reader sees if each division is the best one."""
    if len({*texts.values()}) == 1:
        return 1
    return min(sum(cases(subset) for _, subset in division) for division in divisions(texts))


def divided(texts: Texts) -> list[tuple[str, Texts]]:
    """Return the renderings, divided by the prompt that leads to the fewest blocks."""
    return min(divisions(texts), key=lambda division: sum(cases(subset) for _, subset in division))


def body(lines: dict[Options, list[str]], depth: int = 0) -> str:
    """Return the lines that all options have in common, and between them the others, labelled."""
    kept = common(list(lines.values()))
    gaps = {options: between(text, kept) for options, text in lines.items()}
    written = ""
    for number, line in enumerate([*kept, ""]):
        here = {options: gap[number] for options, gap in gaps.items()}
        if any(here.values()):
            for label, texts in divided(here):
                if any(texts.values()):
                    inside = body({options: lines_of(text) for options, text in texts.items()}, depth + 1)
                    fence = ":" * (len(LABELS) + 3 - depth)
                    written += f"\n\n{fence}{{container}} variant\n[{label}]{{.variant-label}}\n{inside}\n{fence}\n\n"
        written += f"{line}\n"
    return written


def section(texts: Texts) -> str:
    """Return a section, with the files that it names in one line at its end."""
    lines = {options: lines_of(text) for options, text in texts.items()}
    links = [line for text in lines.values() for line in text if ONLY_LINKS.fullmatch(line.strip())]
    targets = dict.fromkeys(target for line in links for target, _ in LINK.findall(line))
    written = body(
        {options: [line for line in text if not ONLY_LINKS.fullmatch(line.strip())] for options, text in lines.items()}
    )
    if not targets:
        return written
    names = [f"[{target.removeprefix('../').removeprefix(f'src/{PACKAGE}/')}]({target})" for target in targets]
    return f"{written}\n\n[In a project:]{{.files}} {', '.join(names)}\n"


def only(sections: Texts) -> str:
    """Return a label of the options of which alone a project has this section, if there are such."""
    texts = dict.fromkeys(rendered(), "") | dict.fromkeys(sections, "here")
    labels = []
    while len({*texts.values()}) > 1:
        label, texts = next((label, subset) for label, subset in divided(texts) if any(subset.values()))
        labels.append(label)
    return f"\n[{', '.join(labels)} only]{{.variant-label}}\n" if labels else ""


def chapter(name: str, repository: str) -> str:
    """Return a chapter as a page of the site has it."""
    text = "".join(f"\n## {heading}\n{only(texts)}\n{section(texts)}" for heading, texts in chapters()[name].items())
    return led(text, repository)


def publish(app: Sphinx, _page: str, source: list[str]) -> None:
    """Put a chapter in the place of the comment that names it."""
    repository = app.config.html_theme_options["source_repository"]
    source[0] = PLACEHOLDER.sub(lambda comment: chapter(comment[1], repository), source[0])


def depends(app: Sphinx, page: str, _source: list[str]) -> None:
    """Read a page again when the practices have changed."""
    if page.startswith("practices/"):
        app.env.note_dependency(str(TEMPLATE / SOURCE), docname=page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what puts the practices into their pages, before links are looked at."""
    app.connect("source-read", depends, priority=399)
    app.connect("source-read", publish, priority=400)
    return {"parallel_read_safe": True}
