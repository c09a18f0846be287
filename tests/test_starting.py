"""Every way to start cookiecutter gives the same project, and what it makes of a mistake is known."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from .adversarial import cookiecutter, places
from .answers import ROOT
from .conftest import Bake
from .projects import PACKAGE, SLUG, UV, contents, printed, run
from .test_answers import typed

INSTALLED = [sys.executable, "-m", "cookiecutter"]
TAG = "v1"
REFUSED = "ERROR: these options make no project, and nothing was written:\n"
# Encodings of consoles and pipes: of Windows in Europe and in Japan, and the poorest. Missing characters are errors.
ENCODINGS = ["cp1252:strict", "cp932:strict", "ascii:strict"]


def started(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with a home of its own beside it, but with what uv has downloaded before."""
    cache = printed(run(folder, UV, "cache", "dir")).strip()
    return run(folder, *command, **places(folder), UV_CACHE_DIR=cache)


def made(folder: Path) -> dict[str, bytes | None]:
    """Return what is in the project, which is all that was made."""
    assert [path.name for path in folder.iterdir()] == [SLUG]
    return contents(folder / SLUG)


# The programs


@pytest.mark.parametrize(
    "words",
    [
        "uvx --from cookiecutter==2.6.0 cookiecutter",
        "uvx cookiecutter",
        "uvx pipx run cookiecutter",
        "python -m cookiecutter",
    ],
)
def test_every_program_makes_the_same_project(words: str, folder: Path, bake: Bake) -> None:
    program = [*words.replace("uvx", f"{UV} tool run").replace("python", sys.executable).split(), ROOT]

    refusal = started(folder, *program, "--no-input", "project_slug=class")
    empty = list(folder.iterdir())
    done = started(folder, *program, "--no-input")

    assert refusal.returncode == 1
    # before it is what uv and pipx say, after it what cookiecutter does
    assert REFUSED in refusal.stderr.partition("Traceback")[0]
    assert empty == []
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("README.md goes on from there.\n")
    assert made(folder) == contents(bake())


def test_typed_options_make_the_same_project_as_given_ones(folder: Path, bake: Bake) -> None:
    answers = {"project_name": "Ölfässer", "io": "2", "example": "2"}

    done = cookiecutter(folder, typed=typed(**answers))

    assert done.returncode == 0, done.stderr
    expected = bake(project_name="Ölfässer", io="async", example="no-example")
    assert contents(folder / "olfasser") == contents(expected)


# The places


@dataclass(frozen=True)
class Published:
    """The template as others get it."""

    repository: Path  # whose last commit is another than that with the tag
    archive: Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The template of now under a tag, in a repository that went on from there, and in an archive."""
    folder = tmp_path_factory.mktemp("published")
    source = template(folder / "source")
    published = Published(folder / "cookiecutter-sqlalchemy.git", folder / "cookiecutter-sqlalchemy.zip")
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "-c", "core.autocrlf=false"]

    def git(*words: object) -> None:
        # nothing of the user's: a hook, a signature, a list of files to ignore
        printed(run(source, "git", *identity, *words, HOME=str(folder), GIT_CONFIG_NOSYSTEM="1"))

    git("init", "--quiet")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", "The template")
    git("tag", TAG)
    git("archive", "--prefix", "cookiecutter-sqlalchemy-1/", "--output", published.archive, TAG)
    (source / "cookiecutter.json").write_text("{}", encoding="utf-8")
    git("commit", "--quiet", "--all", "--message", "An unwanted commit")
    git("clone", "--quiet", "--bare", source, published.repository)
    return published


def template(to: Path) -> Path:
    """Return a copy of what cookiecutter needs of this repository."""
    to.mkdir()
    shutil.copy(ROOT / "cookiecutter.json", to)
    for name in ("hooks", "templates", "{{cookiecutter.project_slug}}"):
        shutil.copytree(ROOT / name, to / name)
    return to


def test_an_archive_makes_the_same_project(published: Published, folder: Path, bake: Bake) -> None:
    printed(started(folder, *INSTALLED, published.archive, "--no-input"))

    assert made(folder) == contents(bake())


def test_a_tag_of_a_repository_makes_the_same_project(published: Published, folder: Path, bake: Bake) -> None:
    url = published.repository.as_uri()

    printed(started(folder, *INSTALLED, url, "--checkout", TAG, "--no-input"))

    assert made(folder) == contents(bake())
    assert (folder.with_name("home") / ".cookiecutters" / "cookiecutter-sqlalchemy" / "hooks").is_dir()


# Options from elsewhere


def test_a_replay_repeats_the_options(folder: Path, bake: Bake) -> None:
    printed(cookiecutter(folder, "--no-input", "io=async", "description=It's"))
    shutil.rmtree(folder / SLUG)

    printed(cookiecutter(folder, "--replay"))

    assert made(folder) == contents(bake(io="async", description="It's"))


def test_a_replay_repeats_a_refusal(folder: Path) -> None:
    refused = cookiecutter(folder, "--no-input", "package_name=class")

    done = cookiecutter(folder, "--replay")

    assert done.returncode == refused.returncode == 1
    assert done.stderr.startswith(f"{REFUSED}\n  package_name: 'class' is a keyword of Python.\n    Try: class_app\n")
    assert done.stderr.startswith(refused.stderr.partition("\n\n")[0])
    assert list(folder.iterdir()) == []


def test_a_replay_uses_the_facts_of_the_template_of_then(folder: Path) -> None:
    copy = template(folder.with_name("copy"))
    printed(started(folder, *INSTALLED, copy, "--no-input"))
    shutil.rmtree(folder / SLUG)
    facts = (copy / "cookiecutter.json").read_text(encoding="utf-8")
    (copy / "cookiecutter.json").write_text(facts.replace('"SQLite"', '"SQLite of now"'), encoding="utf-8")

    printed(started(folder, *INSTALLED, copy, "--replay"))
    replayed = (folder / SLUG / "README.md").read_text(encoding="utf-8")
    shutil.rmtree(folder / SLUG)
    printed(started(folder, *INSTALLED, copy, "--no-input"))

    assert "SQLite of now" not in replayed
    assert "SQLite of now" in (folder / SLUG / "README.md").read_text(encoding="utf-8")


def user_config(folder: Path, answers: Mapping[str, str]) -> list[str]:
    """Write a configuration of cookiecutter with these options; return the arguments that name it."""
    path = folder.with_name("cookiecutterrc")
    path.write_text(json.dumps({"default_context": answers}), encoding="utf-8")  # JSON is YAML
    return ["--config-file", str(path)]


def test_a_user_config_sets_options_and_may_have_some_for_other_templates(folder: Path, bake: Bake) -> None:
    answers = {"author_name": 'Renée "R." O\'Neil', "author_email": "r@example.com", "database": "postgresql"}

    printed(cookiecutter(folder, "--no-input", *user_config(folder, {"full_name": "R", **answers, "year": "2020"})))

    assert made(folder) == contents(bake(**answers))


def test_a_user_config_is_checked_like_all_options(folder: Path) -> None:
    done = cookiecutter(folder, "--no-input", *user_config(folder, {"author_name": "a\nb", "project_slug": "../up"}))

    assert done.returncode == 1
    assert re.findall(r"^  (\w+): ", done.stderr, re.MULTILINE) == ["project_slug", "package_name", "author_name"]
    assert list(folder.iterdir()) == []


def test_a_wrong_choice_in_a_user_config_stops_those_after_it(folder: Path, bake: Bake) -> None:
    config = Path(places(folder)["HOME"]) / ".cookiecutterrc"
    config.write_text("default_context: {author_name: Ada, io: asink, database: postgresql}", encoding="utf-8")

    done = cookiecutter(folder, "--no-input")

    warning = "Invalid default received: asink provided for choice variable io, but the choices are ['sync', 'async']."
    assert done.returncode == 0
    assert warning in done.stderr
    assert made(folder) == contents(bake(author_name="Ada"))


# Mistakes on the command line


def test_cookiecutter_ignores_a_question_that_there_is_not(folder: Path, bake: Bake) -> None:
    done = cookiecutter(folder, "--no-input", "databse=postgresql")

    assert (done.returncode, done.stderr) == (0, "")
    assert made(folder) == contents(bake())


def test_a_wrong_choice_makes_nothing_and_the_last_line_says_what_there_is(folder: Path) -> None:
    done = cookiecutter(folder, "--no-input", "database=mongodb")

    choices = "mongodb provided for choice variable database, but the choices are ['sqlite', 'postgresql', 'mysql']."
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith(f"ValueError: {choices}\n")
    assert list(folder.iterdir()) == []


def test_without_hooks_there_is_every_variant_and_no_project(folder: Path) -> None:
    done = cookiecutter(folder, "--no-input", "--accept-hooks", "no")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    session = folder / SLUG / "src" / PACKAGE / "db"
    assert {path.name for path in session.glob("session*")} == {"session@async.py", "session@sync.py"}


# Consoles


def test_a_refusal_can_be_printed_on_a_console_that_lacks_its_characters(folder: Path) -> None:
    done = cookiecutter(folder, "--no-input", "project_slug=日本", PYTHONIOENCODING=ENCODINGS[0])

    assert done.returncode == 1
    assert done.stderr.startswith(f"{REFUSED}\n  project_slug: '\\u65e5\\u672c' must be a-z, 0-9")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_project_can_be_made_on_a_console_of_few_characters(encoding: str, folder: Path, bake: Bake) -> None:
    done = cookiecutter(folder, "--no-input", "description=日本", PYTHONIOENCODING=encoding)

    assert done.returncode == 0, done.stderr
    assert made(folder) == contents(bake(description="日本"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_question_can_be_asked_on_a_console_of_few_characters(encoding: str, folder: Path, bake: Bake) -> None:
    done = cookiecutter(folder, typed=typed(), PYTHONIOENCODING=encoding)

    assert done.returncode == 0, done.stderr
    assert made(folder) == contents(bake())
