"""Every project that the template can generate: its files, and what each of them must be."""

import ast
import re
import runpy
import subprocess
import symtable
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from .answers import CHOICES, COMBINATIONS, ROOT, files_of, name_of
from .conftest import Bake

PRE_GEN = runpy.run_path(str(ROOT / "hooks" / "pre_gen_project.py"))

# The name decides how long lines are and how imports are sorted, so both ends are rendered.
NAMES = ["ab", "Zoological observations of the northern isles"]

# Everything that people may answer and that some format takes for its own.
TEXTS = {
    "description": r"""It's "50 %" of C:\new, #1 for ${5}: <b>x</b> & 日本語 🎉""",
    "author_name": r"Renée \"R.\" O'Neil 👩‍💻",
    "author_email": "o'neil+$%&#1@example.com",
}


@dataclass(frozen=True)
class Project:
    """A rendered project and the answers that made it."""

    path: Path
    answers: dict[str, str]

    def paths(self) -> list[str]:
        """Return the paths of its files, relative to it, with `/`."""
        return sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())

    def texts(self, *suffixes: str) -> Iterator[tuple[str, str]]:
        """Return path and text of the files with these suffixes, or of all."""
        for path in self.paths():
            if not suffixes or path.endswith(suffixes):
                # bytes, because reading as text would make every line end in \n
                yield path, (self.path / path).read_bytes().decode()

    @property
    def package(self) -> str:
        """Return the name of its package."""
        return next((self.path / "src").iterdir()).name

    @property
    def pyproject(self) -> dict[str, Any]:
        """Return what its pyproject.toml says."""
        return tomllib.loads((self.path / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=COMBINATIONS, ids=name_of)
def project(request: pytest.FixtureRequest, bake: Bake) -> Project:
    """Return the project of each combination of answers."""
    answers = request.param
    # By turns, such that whichever answer is changed, the name changes too: every choice that decides
    # a line of code meets both names, in half of the time.
    turn = sum(CHOICES[question].index(answer) for question, answer in answers.items())
    name = NAMES[turn % len(NAMES)]
    return Project(bake(project_name=name, **TEXTS, **answers), answers)


def test_a_project_has_the_files_of_its_answers_and_no_others(project: Project) -> None:
    assert set(project.paths()) == files_of(project.answers, project.package)


def test_no_path_of_a_project_carries_a_tag(project: Project) -> None:
    assert [path for path in project.paths() if "@" in path] == []


def test_no_folder_of_a_project_is_empty(project: Project) -> None:
    assert [path for path in project.path.rglob("*") if path.is_dir() and not any(path.iterdir())] == []


def test_nothing_of_the_template_language_is_left(project: Project) -> None:
    # a `$` before the braces makes them an expression of GitHub's or a variable of the shell's
    jinja = re.compile(r"(?<!\$)\{\{|(?<!\$)\{#|\{%|cookiecutter\.[a-z_]")

    assert [(path, jinja.findall(text)) for path, text in project.texts() if jinja.search(text)] == []


@cache
def error_in(path: str, text: str) -> str | None:
    """Return why a file cannot be read by its language, or None; most texts occur in many projects."""
    try:
        if path.endswith(".py"):
            compile(text, path, "exec", dont_inherit=True)
        elif path.endswith(".toml"):
            tomllib.loads(text)
        elif path.endswith((".yml", ".yaml")):
            yaml.safe_load(text)
    except (SyntaxError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        return f"{path}: {error}"
    return None


def test_python_and_toml_and_yaml_can_be_read(project: Project) -> None:
    assert [error for path, text in project.texts() if (error := error_in(path, text))] == []


def test_every_file_ends_in_exactly_one_newline(project: Project) -> None:
    ends = {path: text[-2:] for path, text in project.texts() if text}  # py.typed is empty

    assert [path for path, end in ends.items() if end == "\n\n" or not end.endswith("\n")] == []


def test_no_line_ends_in_a_space_or_a_carriage_return(project: Project) -> None:
    assert [path for path, text in project.texts() if re.search(r"[ \t\r]$", text, re.MULTILINE)] == []


def test_a_removed_block_leaves_no_gap(project: Project) -> None:
    # two empty lines are Python's way to part functions
    assert [path for path, text in project.texts() if "\n\n\n\n" in text] == []


def test_the_distribution_has_the_name_of_the_folder(project: Project) -> None:
    assert project.pyproject["project"]["name"] == project.path.name


def test_texts_arrive_in_pyproject_as_they_were_given(project: Project) -> None:
    metadata = project.pyproject["project"]

    assert metadata["description"] == TEXTS["description"]
    assert metadata["authors"] == [{"name": TEXTS["author_name"], "email": TEXTS["author_email"]}]


def ruff(project: Project, *arguments: str) -> str:
    """Return what ruff finds in a project, which is nothing, or raise."""
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--quiet", "."]
    done = subprocess.run(command, cwd=project.path, capture_output=True, encoding="utf-8", check=False)
    return done.stdout + done.stderr


def test_a_project_passes_its_own_linter(project: Project) -> None:
    assert ruff(project, "check") == ""


def test_a_project_is_formatted(project: Project) -> None:
    assert ruff(project, "format", "--diff") == ""


@cache
def names_in(text: str) -> set[str]:
    """Return the names that a module binds at its top level."""
    symbols = symtable.symtable(text, "module", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


@cache
def uses_in(text: str, package: tuple[str, ...]) -> set[tuple[str, str]]:
    """Return pairs of a module's full name and a name that is taken from it, for a module of `package`."""
    tree = ast.parse(text)
    imported: dict[str, tuple[str, str]] = {}  # names in this text, and where they come from
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            imported |= {alias.asname or alias.name: (module, alias.name) for alias in node.names}
    attributes = {
        (".".join(imported[node.value.id]), node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
    }
    return attributes | set(imported.values())


def test_what_a_module_takes_from_another_is_there(project: Project) -> None:
    modules = {
        tuple(path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").split("/")): (path, text)
        for path, text in project.texts(".py")
    }
    exports = {".".join(name): names_in(text) for name, (_, text) in modules.items()}
    exports |= {
        ".".join(name): names_in(text) | {module[-1] for module in modules if module[:-1] == name}
        for name, (path, text) in modules.items()
        if path.endswith("/__init__.py")
    }

    missing = [
        f"{path}: {module} has no {used}"
        for name, (path, text) in modules.items()
        for module, used in uses_in(text, name if path.endswith("/__init__.py") else name[:-1])
        if used not in exports.get(module, {used})
    ]

    assert missing == []


def normalized(distribution: str) -> str:
    """Return the name of a distribution as package indexes compare it."""
    return re.sub("[-_.]+", "-", distribution).lower()


def needs(requirement: Requirement) -> Iterator[Requirement]:
    """Return what a distribution needs in turn, or nothing where it is not installed."""
    try:
        requirements = map(Requirement, metadata.requires(requirement.name) or [])
    except metadata.PackageNotFoundError:
        return
    for needed in requirements:
        environments = [{"extra": extra} for extra in ("", *requirement.extras)]
        if needed.marker is None or any(map(needed.marker.evaluate, environments)):
            yield needed


@cache
def installed_for(requirements: frozenset[str]) -> set[str]:
    """Return the names of all distributions that come with these requirements."""
    found: dict[str, Requirement] = {}
    waiting = [Requirement(requirement) for requirement in requirements]
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in found:
            found[str(requirement)] = requirement
            waiting += needs(requirement)
    return {normalized(requirement.name) for requirement in found.values()}


def distributions(project: Project) -> set[str]:
    """Return the names of all distributions that a project builds, runs and is developed with."""
    pyproject = project.pyproject
    groups = [
        pyproject["build-system"]["requires"],
        pyproject["project"]["dependencies"],
        *pyproject["dependency-groups"].values(),
    ]
    return installed_for(frozenset(requirement for group in groups for requirement in group))


def test_no_project_can_have_the_name_of_what_it_needs(project: Project) -> None:
    assert [name for name in distributions(project) if PRE_GEN["name_problem"](name, "-_") is None] == []


def test_no_package_can_hide_what_it_needs(project: Project) -> None:
    modules = [
        module
        for module, owners in metadata.packages_distributions().items()
        if distributions(project) & {normalized(owner) for owner in owners}
    ]

    assert [module for module in modules if PRE_GEN["name_problem"](module, "_") is None] == []
