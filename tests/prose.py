"""Find sentences that are hard to read, in documentation, docstrings, comments, messages and names of tests.

`uv run python -m tests.prose PATH…` checks files and folders, `--count` prints figures only. The rules of English are
proselint's, https://github.com/amperser/proselint; the words of this project are in `tests/data/vocabulary.toml`.
"""

import argparse
import ast
import io
import json
import re
import subprocess
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .answers import ROOT

DATA = Path(__file__).with_name("data")
VOCABULARY = tomllib.loads((DATA / "vocabulary.toml").read_text("utf-8"))

# Stands for code, addresses and expressions of Jinja, which are no prose.
CODE = "`…`"
MARKUP = re.compile(r"``.+?``|`[^`]+`|\{\{.+?\}\}|<?https?://\S+?(?=[).,;:>]*(?:\s|$))>?|:\w+:`[^`]+`", re.DOTALL)
# A sentence ends with a stop before a capital, a figure or code, or at the end of its line.
END = re.compile(r"(?<=[.?!:])[\"')*_]*(?:\s+(?=[\"'(*_`\[]*[A-Z0-9`]|\"\w)|\n\s*)")
VERSION = re.compile(r"\b[A-Za-z-]+ \d+(?:\.\d+)+")
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|etc|vs|cf|No|p|St)\.$")
SHORTEST = 3  # words; less is a cell of a table or a name
HASH_FILES = {".toml", ".yml", ".yaml", ".cfg", ".ini", ".cnf", ".sh", ".conf", ".example", ".mako", ""}


class Text(NamedTuple):
    """A paragraph, a docstring, a comment, a message or the name of a test."""

    kind: str
    line: int
    text: str


class Sentence(NamedTuple):
    """A sentence and where it begins."""

    path: Path
    line: int
    kind: str
    text: str

    @property
    def prose(self) -> str:
        """The sentence without code and markup."""
        return re.sub(r"[*_]{1,2}(?=\w)|(?<=\w|[.?!,])[*_]{1,2}(?!\w)", "", MARKUP.sub(CODE, self.text))

    @property
    def words(self) -> int:
        """How many words it has; code is one."""
        return len(re.findall(r"[\w`'…-]*[\w…][\w`'…-]*", self.prose))


class Finding(NamedTuple):
    """A rule that a sentence breaks, and what to write."""

    sentence: Sentence
    rule: str
    advice: str

    def __str__(self) -> str:
        """Say where it is, what it says and what to write."""
        path = self.sentence.path
        place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        return f"{place}:{self.sentence.line}: [{self.rule}] {self.sentence.text}\n    → {self.advice}"


def of_markdown(text: str) -> Iterator[Text]:
    """Yield the headings, paragraphs, list items and cells of a page, without its code."""
    text = re.sub(r"^ *(#[%{]|:::|:\w+:).*$", "", text, flags=re.MULTILINE)  # statements of Jinja, directives of MyST
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    line, kind = 1, "text"
    for token in tokens:
        if token.type == "heading_open":
            kind = "heading"
        if token.map is not None:
            line = token.map[0] + 1
        if token.type == "inline":
            begin = line
            for part in paragraphs(token):
                yield Text(kind, begin, part)
                begin += part.count("\n")
            kind = "text"


def paragraphs(token: Token) -> Iterator[str]:
    """Yield the text of a paragraph as it is read: links without their targets, pictures as their descriptions."""
    words = []
    for child in token.children or []:
        if child.type == "code_inline":
            words.append(f"`{child.content}`")
        elif child.type in {"softbreak", "hardbreak"}:
            words.append("\n")
        elif child.type in {"text", "image"}:
            words.append(child.content)
    yield "".join(words)


def of_comment(lines: list[str]) -> str:
    """Return a comment without its marks, instructions to tools and indented code."""
    kept = [line for line in lines if not re.match(r"noqa|type:|fmt:|pragma|!|%|ruff:|///|mypy:|syntax=| {3,}", line)]
    return "\n".join(line.removeprefix(" ") for line in kept)


def comments(found: Iterable[tuple[int, int, str, bool]]) -> Iterator[Text]:
    """Join comments on lines of their own that follow one another; yields from rows of line, column, text, alone."""
    lines: list[str] = []
    begin = column = 0
    for line, at, text, is_alone in found:
        body = text.lstrip("#").rstrip()
        if lines and is_alone and line == begin + len(lines) and at == column and body:
            lines.append(body)
            continue
        if lines:
            yield Text("comment", begin, of_comment([each.removeprefix(" ") for each in lines]))
        begin, column, lines = line, at, [body]
        if not is_alone:
            yield Text("comment", line, of_comment([body.removeprefix(" ")]))
            lines = []
    if lines:
        yield Text("comment", begin, of_comment([each.removeprefix(" ") for each in lines]))


def of_hashes(text: str) -> Iterator[Text]:
    """Yield the comments of a file in which `#` begins one."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"(\s*)#(?![%{!])(.*)$", line) or re.match(r"(.*\S\s+)#\s(.*)$", line):
            is_alone = not found[1].strip()
            rows.append((number, len(found[1]), found[2], is_alone))
    yield from comments(rows)


def of_docstring(text: str) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs of a docstring and how many lines are before them, without sessions and indented code."""
    begin = 0
    for part in re.split(r"(\n\s*\n)", text):
        lines = [line.strip() for line in part.splitlines()]
        if part.strip() and not lines[0].startswith(">>>") and "::" not in lines[0]:
            yield begin, "\n".join(lines)
        begin += part.count("\n")


def of_python(text: str) -> Iterator[Text]:
    """Yield the docstrings, comments, messages and names of tests of a module."""
    text = re.sub(r"\{\{ ?cookiecutter\.(\w+) ?\}\}", r"\1", text)
    tree = ast.parse(text)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                docstrings.add(first.value)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                name = node.name.removeprefix("test_").replace("_", " ")
                yield Text("name", node.lineno, name[:1].upper() + name[1:])
    parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            value = "".join(str(part.value) if isinstance(part, ast.Constant) else CODE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            value = node.value
        else:
            continue
        if node in docstrings:
            for begin, paragraph in of_docstring(value):
                yield Text("docstring", node.lineno + begin, paragraph)
        elif is_message(value):
            yield Text("message", node.lineno, value)
    source = text.splitlines()
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            found.append((line, column, token.string[1:], not source[line - 1][:column].strip()))
    yield from comments(found)


def is_message(value: str) -> bool:
    """Return whether a string is a sentence for people: one line of words, and neither SQL nor code."""
    if "\n" in value or not 4 <= len(value.split()) <= 60 or re.search(r"[<>={}\\;|]|\w\(|::|--", value):
        return False
    words = value.split()
    return not value.isupper() and not words[0].isupper() and sum(word.isupper() for word in words) < len(words) / 3


def of_json(text: str) -> Iterator[Text]:
    """Yield the strings of a JSON file that are sentences."""
    for number, line in enumerate(text.splitlines(), 1):
        for value in re.findall(r'"((?:[^"\\]|\\.)+)"(?!\s*:)', line):
            if is_message(value):
                yield Text("message", number, value)


def texts(path: Path) -> Iterator[Text]:
    """Yield what a person reads in a file."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        yield from of_markdown(text)
    elif path.suffix == ".py":
        yield from of_python(text)
    elif path.suffix == ".json":
        yield from of_json(text)
    elif path.suffix in HASH_FILES:
        yield from of_hashes(text)


def sentences(path: Path) -> Iterator[Sentence]:
    """Yield the sentences of a file."""
    for kind, line, text in texts(path):
        begin, position = line, 0
        for found in [*END.finditer(text), None]:
            end = found.start() if found else len(text)
            if found and ABBREVIATION.search(text[:end]):
                continue
            piece = text[position:end]
            lead = piece[: len(piece) - len(piece.lstrip())].count("\n")
            sentence = Sentence(path, begin + lead, kind, " ".join(piece.split()))
            if sentence.words >= SHORTEST:
                yield sentence
            begin = line + text.count("\n", 0, found.end() if found else end)
            position = found.end() if found else end


def opening(sentence: Sentence) -> Finding | None:
    """Return a finding where a sentence begins with a clause for its subject, or with no subject."""
    if sentence.kind == "heading":
        return None
    for row in VOCABULARY["openings"]:
        if re.match(row["pattern"], sentence.prose.lstrip("\"'(*")) and not sentence.prose.rstrip("\"')*").endswith(
            "?"
        ):
            return Finding(sentence, "opening", row["write"])
    return None


@cache
def terms() -> list[tuple[re.Pattern[str], str]]:
    """Return the words of no field, and the field's word for each."""
    return [(re.compile(rf"\b(?:{row['pattern']})\b", re.IGNORECASE), row["write"]) for row in VOCABULARY["terms"]]


def wording(sentence: Sentence) -> Iterator[Finding]:
    """Yield a finding for each word for which the field has another one, and for a sentence that is too long."""
    for pattern, write in terms():
        if found := pattern.search(sentence.prose):
            yield Finding(sentence, "term", f"instead of “{found[0]}” write: {write}")
    lists_versions = len(VERSION.findall(sentence.text)) > 4
    if sentence.words > VOCABULARY["longest"] and not lists_versions:
        yield Finding(sentence, "length", f"{sentence.words} words: make two sentences of it, of 25 words or fewer")


def of_proselint(found: list[Sentence]) -> Iterator[Finding]:
    """Yield what proselint says of sentences."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(VOCABULARY["proselint"]), "utf-8")
        text = "\n\n".join(sentence.prose for sentence in found)
        (Path(folder) / "text.md").write_text(text, "utf-8")
        command = [sys.executable, "-m", "proselint", "check", "--config", "config.json", "-o", "json", "text.md"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    if not done.stdout.startswith("{"):
        raise RuntimeError(f"proselint failed: {done.stdout}{done.stderr}")
    (result,) = json.loads(done.stdout)["result"].values()
    for each in result["diagnostics"]:
        begin, end = (position - 1 for position in each["span"])  # it puts a line break before the text
        matched = text[begin:end].strip()
        if "\n" not in matched and re.search("[A-Za-z]", matched):
            yield Finding(found[text.count("\n", 0, begin + 1) // 2], each["check_path"], each["message"])


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the files of folders that have prose, as git knows them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    known = HASH_FILES | {".md", ".py", ".json"}
    skipped = re.compile(r"(^|/)(LICENSE.*|tests/corpus/.*|uv\.lock|.*\.json)$")
    names = [name for name in sorted({*done.stdout.decode().split("\0")} - {""}) if not skipped.search(name)]
    names += ["cookiecutter.json"] if Path("cookiecutter.json") in [*paths] else []
    return [path for name in names if (path := ROOT / name).suffix in known and path.exists()]


def check(found: list[Sentence]) -> list[Finding]:
    """Return what is to be written in another way."""
    findings = [finding for each in found for finding in [opening(each), *wording(each)] if finding]
    return sorted([*findings, *of_proselint(found)], key=lambda each: (each.sentence.path, each.sentence.line))


def main() -> None:
    """Print what is found, and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path()])
    parser.add_argument("--count", action="store_true", help="print figures only")
    arguments = parser.parse_args()
    found = [sentence for path in files(arguments.paths) for sentence in sentences(path)]
    findings = check(found)
    if not arguments.count:
        print(*findings, sep="\n")
    rules = Counter(finding.rule for finding in findings)
    share = 100 * rules["opening"] / max(1, len(found))
    print(
        f"{len(found)} sentences, {rules['opening']} with a banned opening ({share:.2f} %);", dict(rules.most_common())
    )
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
