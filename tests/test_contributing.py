"""Tests of CONTRIBUTING.md: its files exist, and it lists all that a new database, prompt or practice needs."""

import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from .answers import APART, CHOICES, ROOT, TEMPLATE, name_of, sources, untagged
from .projects import COMBINATIONS, NOT_COPIED, run, short_name
from .test_practices import ROWS, variants
from .test_readme import chapter

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PACKAGE = Path("src") / "{{cookiecutter.package_name}}"

# Edits of a copy that CONTRIBUTING.md asks for, by the path of the file.
Edits = dict[str, Callable[[Path], None]]


def paths(text: str) -> list[str]:
    """Return the paths in a text; what is between backticks may be something else."""
    return [
        word
        for word in re.findall(r"`([^`\s]+)`", text)
        if re.fullmatch(r"[\w.-]*[/.][\w./-]*\w|\w+/|Dockerfile", word)
    ]


def point(title: str, number: int) -> set[str]:
    """Return the paths of one point of a list."""
    [text] = re.findall(rf"^{number}\. (.*?)(?=^\d\. |^$)", chapter(title, "CONTRIBUTING.md"), re.MULTILINE | re.DOTALL)
    return set(paths(text))


def known_as(final: str) -> str:
    """Return how the page names a file of the projects: without the folders above its package or its tests."""
    return final.removeprefix(f"{PACKAGE.as_posix()}/")


def tagged_for_databases() -> dict[str, set[str]]:
    """Return the files that have a variant for a database, and all tags of their variants."""
    tags: dict[str, set[str]] = defaultdict(set)
    for source in sources():
        final, found = untagged(source)
        if found & set(CHOICES["database"]):
            tags[known_as(final)] |= found
    return tags


def test_the_quick_look_looks_at_projects() -> None:
    [name] = re.findall(r"-k ([\w-]+)`", PAGE)

    assert [name] == [each for each in map(name_of, APART) if name in each]


# The lists


@pytest.mark.parametrize("path", sorted(set(paths(PAGE))))
def test_every_file_that_is_named_is_there(path: str) -> None:
    folder = path.endswith("/") and any(untagged(source)[0].startswith(path) for source in sources())

    assert (ROOT / path).exists() or (TEMPLATE / path).exists() or variants(path) or folder


def test_the_variants_that_a_database_needs_are_listed() -> None:
    every = tagged_for_databases()
    cluster = {path for path, tags in every.items() if "cluster" in tags}

    assert point("A database", 2) == every.keys() - cluster
    # what is deployed belongs to one database
    assert point("A database", 3) == {path for path in cluster if not path.startswith("deploy/")} | {"deploy/"}


def test_the_files_with_lines_for_some_databases_are_listed() -> None:
    branching = [source for source in sources() if "cookiecutter.database ==" in (TEMPLATE / source).read_text("utf-8")]

    assert point("A database", 4) == {untagged(source)[0] for source in branching}


def test_the_readme_has_every_prompt_and_option() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    rows = dict(re.findall(r"^\| (`.*?`) \| (.*) \|$", readme, re.MULTILINE))

    asked = {prompt: re.findall(r"`([^`]+)`", rows.get(f"`{prompt}`", "")) for prompt in CHOICES}
    assert asked == CHOICES


def test_the_readme_has_the_number_of_practices() -> None:
    assert f"follow {len(ROWS)} practices" in (ROOT / "README.md").read_text("utf-8")


# An imaginary one

LISTED = "tests/test_contributing.py::test_the_variants_that_a_database_needs_are_listed"
README_HAS = "tests/test_contributing.py::test_the_readme_has_every_prompt_and_option"
README_COUNTS = "tests/test_contributing.py::test_the_readme_has_the_number_of_practices"


def copy_with(edits: Edits, to: Path) -> Path:
    """Return a copy of this repository with these edits."""
    root = to / "root"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    for path, edit in edits.items():
        edit(root / path)
    return root


def failure(root: Path, tests: list[str]) -> str | None:
    """Run these tests in a copy, and return what pytest says of the first that does not pass, or None."""
    pytest_ = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x"]
    done = (run(root, *pytest_, *test.split(" ")) for test in tests)
    return next((each.stdout for each in done if each.returncode != 0), None)


def asked(prompt: str, answer: str, text: str) -> Callable[[Path], None]:
    """Return an edit of cookiecutter.json that gives a prompt one more option; the first makes it optional."""

    def edit(file: Path) -> None:
        context = json.loads(file.read_text("utf-8"))
        if prompt not in context:
            context[prompt], context["__prompts__"][prompt] = [f"no-{prompt}"], {"__prompt__": "?", f"no-{prompt}": "-"}
            context["_optional"].append(prompt)
        context[prompt].append(answer)
        context["_variants"][prompt] = context[prompt]
        context["__prompts__"][prompt][answer] = text
        if prompt == "database":
            context["_databases"][answer] = {**context["_databases"]["postgresql"], "name": text}
            context["_impossible"]["cluster"][answer] = "has none"
        file.write_text(json.dumps(context, ensure_ascii=False, indent=2), "utf-8")

    return edit


def after(pattern: str, text: str) -> Callable[[Path], None]:
    """Return an edit that adds a text where a pattern ends that is in the file once."""

    def edit(file: Path) -> None:
        [match] = re.finditer(pattern, before := file.read_text("utf-8"))
        file.write_text(before[: match.end()] + text + before[match.end() :], "utf-8")

    return edit


def counted(pattern: str) -> Callable[[Path], None]:
    """Return an edit that counts one more where a file has a number."""

    def edit(file: Path) -> None:
        text, count = re.subn(pattern, lambda match: str(int(match[0]) + 1), file.read_text("utf-8"))
        assert count == 1
        file.write_text(text, "utf-8")

    return edit


def added(text: str) -> Callable[[Path], None]:
    """Return an edit that adds a text at the end of a file, which may be new."""

    def edit(file: Path) -> None:
        file.write_text((file.read_text("utf-8") if file.exists() else "") + text, "utf-8")

    return edit


def template(path: Path | str) -> str:
    """Return the path of a file of the projects in this repository."""
    return f"{TEMPLATE.name}/{Path(path).as_posix()}"


# A database that is PostgreSQL under another name. A copy of a variant is the variant.
OTHER = "otherbase"
SERVER = "lambda folder: servers.postgresql(folder, servers.wheel_binaries()),"
DATABASE: Edits = {
    "cookiecutter.json": asked("database", OTHER, "OtherBase"),
    **{
        template(source.replace("@postgresql", f"@{OTHER}")): added((TEMPLATE / source).read_text("utf-8"))
        for source in sources()
        if "@postgresql" in source and "@cluster" not in source
    },
    "tests/conftest.py": after('    "mysql": servers.mariadb,\n', f'    "{OTHER}": {SERVER}\n'),
    "README.md": after(r"\| `database` \| .*(?= \|\n)", f", `{OTHER}`"),
}
DATABASE_TESTS = [
    README_HAS,
    LISTED,
    "tests/test_template.py tests/test_hooks.py",
    "tests/test_projects.py::test_a_project_passes_its_own_tests -k "
    + short_name({**COMBINATIONS[0], "io": "async", "database": OTHER}),
]

PROMPT: Edits = {
    "cookiecutter.json": asked("greeting", "hello", "a greeting"),
    template(PACKAGE / "hello@hello.py"): added('"""Greet."""\n'),
    "hooks/pre_gen_project.py": after(r'of the project itself":[\s(]*"', "hello "),
    "tests/test_template.py": after(r"list\(QUESTIONS\) == \[[^\]]*\w\"", ', "greeting"'),
    "README.md": after(r"\| `license` \| .*\n", "| `greeting` | `no-greeting`, `hello` |\n"),
}
PROMPT_TESTS = [
    README_HAS,
    "tests/test_template.py tests/test_hooks.py",
    f"tests/test_imports.py -k {name_of(APART[0])}-hello",
]

PROOF = "test_base.py::test_a_table_has_a_name"
PRACTICE: Edits = {
    template("tests/db/test_base.py"): added("\n\ndef test_a_table_has_a_name() -> None:\n    assert Base\n"),
    template("docs/practices.md"): added("\n### Tables have names\n\nThey do.\n"),
    "docs/contributing/claims.md": added(
        f"| {len(ROWS) + 1} | Tables | holds | `db/base.py` | `{PROOF}` | Tables have names |\n"
    ),
    "tests/test_practices.py": counted(r"(?<=range\(1, )\d+"),
    "README.md": counted(r"(?<=follow )\d+(?= practices)"),
}
PRACTICE_TESTS = ["tests/test_practices.py", README_COUNTS]

IMAGINARY = {
    "A database": (DATABASE, DATABASE_TESTS),
    "A prompt": (PROMPT, PROMPT_TESTS),
    "A practice": (PRACTICE, PRACTICE_TESTS),
}
# Files that are there; what is new is what is added.
LEFT_OUT = [(title, path) for title, (edits, _) in IMAGINARY.items() for path in edits if (ROOT / path).exists()]


@pytest.mark.parametrize("title", IMAGINARY)
def test_the_listed_files_are_enough(title: str, tmp_path: Path) -> None:
    edits, tests = IMAGINARY[title]

    assert failure(copy_with(edits, tmp_path), tests) is None
    changed = {untagged(path.removeprefix(f"{TEMPLATE.name}/"))[0] for path in edits if (ROOT / path).exists()}
    # a test of the projects stands for any
    assert changed - {"tests/db/test_base.py"} <= set(paths(chapter(title, "CONTRIBUTING.md")))


@pytest.mark.parametrize(("title", "path"), LEFT_OUT)
def test_none_of_the_listed_files_can_be_left_out(title: str, path: str, tmp_path: Path) -> None:
    edits, tests = IMAGINARY[title]
    rest = {kept: edit for kept, edit in edits.items() if kept != path}

    said = failure(copy_with(rest, tmp_path), tests)

    assert said is not None
    assert "no tests ran" not in said
