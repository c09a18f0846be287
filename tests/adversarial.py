"""Try adversarial input: give each value on the command line, and check the project or the error.

`uv run python -m tests.adversarial` tries all of data/adversarial_input.json, and writes the part "Adversarial input"
of docs/refused-and-interrupted.md, between two comments.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from markdown_it import MarkdownIt

from .answers import ROOT, TEXTS
from .inside import python
from .interpreter import forked
from .rendered import error_in
from .runs import short_lived

PAGE = ROOT / "docs" / "refused-and-interrupted.md"
PART = "<!-- adversarial -->\n\n{}\n\n<!-- end of adversarial -->"
# Outcomes, the good ones first.
PROJECT, ERROR, OBSCURE, BROKEN, HALF_MADE = "valid project", "clear error", "obscure error", "broken", "half-made"
# The first imports of a user.
IMPORTS = "import {0}.settings, {0}.models, {0}.db.session as m, pathlib; print(pathlib.Path(m.__file__).resolve())"


@dataclass(frozen=True)
class Attempt:
    """One value, its prompt, and the wanted outcome; the other options are the defaults."""

    prompt: str
    value: str
    outcome: str

    @property
    def wanted(self) -> str:
        """Return the wanted outcome in the words of this module."""
        return {"project": PROJECT, "error": ERROR}[self.outcome]

    def __str__(self) -> str:
        return f"{self.prompt}={self.value[:60].encode('unicode_escape').decode()}"


CORPUS = [
    Attempt(**entry)
    for entry in json.loads((Path(__file__).parent / "data" / "adversarial_input.json").read_text(encoding="utf-8"))
]


def places(folder: Path) -> dict[str, str]:
    """Return variables that give cookiecutter a home directory beside a folder."""
    home = folder.with_name("home")
    home.mkdir(exist_ok=True)
    return dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(home))


def cookiecutter(
    folder: Path, *arguments: object, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter in a folder, with its home directory beside it."""
    environment = {"PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        [sys.executable, "-m", "cookiecutter", str(ROOT), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **places(folder), **environment},
        input=typed,
        capture_output=True,
        encoding=environment["PYTHONIOENCODING"].partition(":")[0],
        check=False,
    )


def visible(markdown: str) -> list[str]:
    """Return the text of headings and paragraphs of Markdown, as a reader sees it; it must not contain markup."""
    tokens = MarkdownIt("commonmark").enable(["strikethrough", "table"]).parse(markdown)
    return ["".join(part.content for part in token.children or []) for token in tokens if token.type == "inline"]


def damage(project: Path, answers: dict[str, str], *, imports: bool = True) -> list[str]:
    """Return the errors of a project with these options: malformed files, and changed strings."""
    files = [path for path in project.rglob("*") if path.is_file()]
    found = [error for path in files if (error := error_in(str(path), path.read_bytes().decode()))]
    found += [f"left over: {path}" for path in files if "@" in path.name or path.name == "UNFINISHED.txt"]
    if found:
        return found
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    heading, description, *_ = visible((project / "README.md").read_text(encoding="utf-8"))
    seen = {
        "project_slug": described["name"],
        "package_name": next((project / "src").iterdir()).name,
        "author_name": described["authors"][0]["name"],
        "author_email": described["authors"][0]["email"],
        "description": described["description"],
        "project_name": heading,
    }
    found += [
        f"{name}: {seen[name]!r} instead of {answer!r}" for name, answer in answers.items() if seen[name] != answer
    ]
    if description != seen["description"]:
        found.append(f"README.md: {description!r} instead of {seen['description']!r}")
    if f"Copyright (c) {seen['author_name']}" not in (project / "LICENSE").read_text(encoding="utf-8").split("\n"):
        found.append(f"LICENSE: no {seen['author_name']!r}")
    if imports:
        done = python(project, "-c", IMPORTS.format(seen["package_name"]))
        if done.returncode or not done.stdout.startswith(str(project.resolve())):
            found.append(f"{seen['package_name']} cannot be imported: {done.stdout}{done.stderr}")
    return found


def argument(attempt: Attempt) -> str:
    """Return the argument of the command line that equals typing the value."""
    if attempt.value.isprintable() and attempt.value.isascii() and not re.search("[{}#]", attempt.value):
        return f"{attempt.prompt}={attempt.value}"
    # cookiecutter renders what is written there: as a literal it may hold anything
    return f"{attempt.prompt}={{{{ {attempt.value!a} }}}}"


def tried(attempt: Attempt) -> tuple[str, str]:
    """Give one value on the command line; return the outcome and the output."""
    with short_lived() as name:
        folder = Path(name) / "work"
        folder.mkdir()
        words = ["-m", "cookiecutter", str(ROOT), "--no-input", argument(attempt)]
        done = forked(folder, words, {**os.environ, **places(folder)})
        made = list(folder.iterdir())
        strange = [path for path in Path(name).iterdir() if path.name not in ("home", "work")]
        strange += [path for path in Path(name).rglob("*") if path.name == "pwned"]
        if strange:
            return BROKEN, f"{strange}"
        if done.returncode:
            advice = re.findall(r"^  (\w+): .*\n    Try: .+$", done.stderr, re.MULTILINE)
            # a project's name may be refused only for the names that come of it
            asked = {attempt.prompt, "project_slug"} if attempt.prompt == "project_name" else {attempt.prompt}
            clear = done.stderr.startswith("ERROR: ") and asked & set(advice)
            return (HALF_MADE if made else ERROR if clear else OBSCURE), done.stdout + done.stderr
        wrong = damage(made[0], {attempt.prompt: attempt.value}) if len(made) == 1 else [f"made: {made}"]
        return (BROKEN if wrong else PROJECT), "\n".join(wrong)


LAYOUT = """\
`uv run python -m tests.adversarial` gave each value in \
[adversarial_input.json](../tests/data/adversarial_input.json) to its prompt on the command line, \
with cookiecutter {version} and the defaults for all other prompts, and counted the outcomes.

- *Valid project*: every file can be parsed, the value is the same wherever it appears, and the package can be imported.
- *Clear error*: names the prompt, the value, the reason and a value that would pass; nothing was generated.
- *Obscure error*: a traceback alone.
- *Broken*: no error, but the project fails the checks, or the value was run as code, or files were written elsewhere.
- *Half-made*: an error that left files behind.

| prompt | tried | {columns} |
|---|{lines}
{rows}"""


def part(outcomes: list[tuple[Attempt, str]]) -> str:
    """Return the part of the page with the outcomes."""
    columns = [PROJECT, ERROR, OBSCURE, BROKEN, HALF_MADE]
    counts = {prompt: Counter(found for attempt, found in outcomes if attempt.prompt == prompt) for prompt in TEXTS}
    counts["all"] = sum(counts.values(), Counter())
    rows = [[name, count.total(), *(count[column] for column in columns)] for name, count in counts.items()]
    return LAYOUT.format(
        version=metadata.version("cookiecutter"),
        columns=" | ".join(columns),
        lines="---|" * (len(columns) + 1),
        rows="\n".join(f"| {' | '.join(map(str, row))} |" for row in rows),
    )


def page(outcomes: list[tuple[Attempt, str]]) -> str:
    """Return the page with the new part."""
    made = PART.format(part(outcomes))
    return re.sub(PART.format(".*?"), lambda _: made, PAGE.read_text("utf-8"), flags=re.DOTALL)


def main() -> int:
    """Try all values, and write the page."""
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for attempt, (outcome, seen) in zip(CORPUS, pool.map(tried, CORPUS), strict=True):
            outcomes.append((attempt, outcome))
            print(f"{len(outcomes):3} of {len(CORPUS)}  {outcome:14} {attempt}", flush=True)
            if outcome != attempt.wanted:
                print(f"    instead of: {attempt.wanted}\n{seen}")
    PAGE.write_text(page(outcomes), encoding="utf-8")
    return sum(outcome != attempt.wanted for attempt, outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
