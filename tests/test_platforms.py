"""Tests of the requirements of Windows and macOS, without these systems; the workflow runs both."""

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from . import inside
from .adversarial import places
from .answers import COMBINATIONS, ROOT, TEMPLATE, files_of, sources, untagged
from .conftest import Bake
from .projects import contents, printed, run
from .rendered import NAMES
from .test_starting import template

LONGEST = 259  # characters of a path, unless long paths are switched on
USER = "C:\\Users\\" + "u" * 20
LONG_SLUG = "zoological-observations-of-all-the-northern-islets"
LONG_PACKAGE = LONG_SLUG.replace("-", "_")

# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
ILLEGAL = re.compile(r'[<>:"|?*\\\0-\x1f]|[. ]$')
DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ .]*(\..*)?", re.IGNORECASE)


def repository() -> list[str]:
    """Return the paths of the files of this repository that are not the template's own."""
    folders = [
        ROOT / name for name in (".ci", ".github", "benchmarks", "docs", "hooks", "maintenance", "templates", "tests")
    ]
    paths = [*ROOT.glob("*"), *(path for folder in folders for path in folder.rglob("*"))]
    return [path.relative_to(ROOT).as_posix() for path in paths if path.is_file() and path.suffix != ".pyc"]


def rendered_sources() -> list[str]:
    """Return the paths of everything that cookiecutter renders, before the last hook prunes it."""
    return [source.replace("{{cookiecutter.package_name}}", LONG_PACKAGE) for source in sources()]


PATHS = {
    "repository": [*repository(), *(f"{TEMPLATE.name}/{source}" for source in sources())],
    "rendered": rendered_sources(),
    "projects": sorted(set().union(*(files_of(answers, LONG_PACKAGE) for answers in COMBINATIONS))),
}


def with_folders(paths: Iterable[str]) -> set[str]:
    """Return the paths and those of all folders above them."""
    return {str(part) for path in paths for part in (PurePosixPath(path), *PurePosixPath(path).parents)}


def test_the_names_of_these_tests_are_the_longest(bake: Bake) -> None:
    project = bake(project_name=NAMES["long"])

    assert project.name == LONG_SLUG
    assert (project / "src" / LONG_PACKAGE).is_dir()


@pytest.mark.parametrize("paths", PATHS.values(), ids=PATHS)
def test_every_path_is_legal_on_windows(paths: list[str]) -> None:
    names = {name for path in paths for name in path.split("/")}

    assert [name for name in names if ILLEGAL.search(name) or DEVICE.fullmatch(name)] == []


@pytest.mark.parametrize("name", ["aux", "Con.py", "nul.tar.gz", "com1.txt", "a:b", "a?", "a.", "a ", "a\\b", 'a"b'])
def test_names_that_windows_refuses_are_found(name: str) -> None:
    assert ILLEGAL.search(name) or DEVICE.fullmatch(name)


@pytest.mark.parametrize("paths", PATHS.values(), ids=PATHS)
def test_no_two_paths_are_one_where_case_does_not_count(paths: list[str]) -> None:
    every = with_folders(paths)

    assert len({path.casefold() for path in every}) == len(every)
    # macOS takes apart what has accents
    assert [path for path in every if not path.isascii()] == []


def bytecode(path: str) -> str:
    """Return where Python keeps the bytecode of a module."""
    return f"{Path(path).parent.as_posix()}/__pycache__/{Path(path).stem}.cpython-313.pyc"


@pytest.mark.parametrize(
    ("root", "paths"),
    [
        (rf"{USER}\source\repos\{LONG_SLUG}", PATHS["rendered"]),
        (rf"{USER}\source\repos\{LONG_SLUG}", [bytecode(path) for path in PATHS["projects"] if path.endswith(".py")]),
        (rf"{USER}\source\repos\cookiecutter-sqlalchemy", PATHS["repository"]),
        (rf"{USER}\.cookiecutters\cookiecutter-sqlalchemy", PATHS["repository"]),
        # where cookiecutter unpacks an archive of a branch, and cruft clones
        (rf"{USER}\AppData\Local\Temp\tmp12345678\cookiecutter-sqlalchemy-main", PATHS["repository"]),
    ],
    ids=["rendered", "bytecode", "repository", "clone", "archive"],
)
def test_the_longest_path_fits_windows(root: str, paths: list[str]) -> None:
    assert [path for path in paths if len(f"{root}\\{path}") > LONGEST] == []


def test_a_project_and_the_template_have_no_symbolic_links(bake: Bake) -> None:
    links = [path for path in bake().rglob("*") if path.is_symlink()]
    links += [ROOT / path for path in with_folders(PATHS["repository"]) if (ROOT / path).is_symlink()]

    assert links == []


# Line ends, where git makes them those of Windows


def few_projects() -> list[dict[str, str]]:
    """Return a few combinations of options in which every file of the template is used."""
    tags = {source: untagged(source)[1] for source in sources()}
    chosen = []
    while tags:
        best = max(COMBINATIONS, key=lambda answers: sum(used <= set(answers.values()) for used in tags.values()))
        chosen.append(best)
        tags = {source: used for source, used in tags.items() if not used <= set(best.values())}
    return chosen


def with_line_ends_of_windows(folder: Path) -> None:
    """Change every file as git does on Windows, where core.autocrlf is on."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def checked_out_on_windows(to: Path) -> Path:
    """Return a copy of the template with the line ends of Windows in every file."""
    copy = template(to)
    with_line_ends_of_windows(copy)
    return copy


def generated(folder: Path, source: Path, **answers: str) -> Path:
    """Generate a project with the template of `source`."""
    words = [f"{question}={answer}" for question, answer in answers.items()]
    printed(run(folder, sys.executable, "-m", "cookiecutter", source, "--no-input", *words, **places(folder)))
    return folder / "my-project"


def test_line_ends_of_windows_in_the_template_change_nothing(folder: Path, bake: Bake) -> None:
    copy = checked_out_on_windows(folder.with_name("copy"))

    for answers in few_projects():
        project = generated(folder, copy, **answers)

        assert contents(project) == contents(bake(**answers))
        shutil.rmtree(project)


def test_without_the_hook_they_would_be_in_the_project(folder: Path) -> None:
    copy = checked_out_on_windows(folder.with_name("copy"))
    hook = copy / "hooks" / "post_gen_project.py"
    hook.write_text(hook.read_text(encoding="utf-8").replace('if b"\\r\\n" in', 'if b"nowhere" in'), encoding="utf-8")

    project = generated(folder, copy)

    assert b"\r\n" in (project / "README.md").read_bytes()


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_project_works_with_the_line_ends_of_windows(io: str, bake: Bake, folder: Path) -> None:
    project = inside.copy(bake(io=io), folder)
    with_line_ends_of_windows(project)

    printed(inside.own_tests(project, "-q"))
    printed(run(project, sys.executable, "-m", "ruff", "format", "--check", "--no-cache"))
