"""What the READMEs and the hook tell people to type works as it stands, in the order in which it stands."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from . import inside
from .answers import CHOICES, ROOT
from .conftest import Bake, NewDatabase
from .projects import UV, printed, run

BUILT = "needs Docker; test_container.py builds the image with buildah, and does what compose does"

# What is not typed here, and why.
NOT_RUN = {
    "docker compose up --wait": "needs Docker; the server of these tests takes its place",
    "docker build --tag my-project .": BUILT,
    "docker compose up --build --wait": BUILT,
    "docker compose --profile site up --build --wait": BUILT,
    "uv tool install pre-commit && pre-commit install": "changes the home of whoever runs the tests, and needs git",
    "uv run uvicorn --factory my_project.web.app:main": "does not end; test_web.py starts what it starts",
    "uvx cookiecutter gh:org/cookiecutter-sqlalchemy": "is what others have; the tests have this one",
    "uv run --group bench python -m benchmarks": "takes five minutes; test_benchmarks.py runs what it runs",
    "uv run python -m tests.faults": "takes half an hour; test_faults.py and test_galera_faults.py run what it runs",
}

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:uvx?|docker|pip) [^`\n]+)`")


def blocks(markdown: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block of code."""
    return BLOCK.findall(markdown)


def commands(markdown: str) -> list[str]:
    """Return the lines of the blocks of shell commands."""
    return [line for language, text in blocks(markdown) if language == "sh" for line in text.splitlines()]


def shell(folder: Path, script: str, programs: Path = Path(UV).parent, /, **environment: str) -> str:
    """Run what people type until the first error, which -x puts a name to; return what is printed."""
    # without the template's own environment, and with the uv that runs the tests
    path = [str(programs), *os.environ["PATH"].split(os.pathsep)]
    outside = os.pathsep.join(entry for entry in path if Path(entry) != Path(sys.prefix) / "bin")
    return printed(run(folder, "bash", "-euxo", "pipefail", "-c", script, PATH=outside, **environment))


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that is not pytest's.

    Pytest keeps others out of its folders; and PostgreSQL, if root starts it from a wheel, runs as another user.
    """
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("io", "database", "example", "web"),
    [
        ("sync", "sqlite", "example", "fastapi"),
        ("async", "postgresql", "example", "no-web"),
        ("async", "mysql", "no-example", "fastapi"),
    ],
)
def test_a_reader_can_do_what_the_readme_and_agents_md_of_a_project_say(
    io: str, database: str, example: str, web: str, bake: Bake, folder: Path, new_database: NewDatabase
) -> None:
    project = inside.copy(bake(io=io, database=database, example=example, web=web), folder)
    readme = (project / "README.md").read_text("utf-8")
    done = []

    for language, text in blocks(readme):
        if language == "python":
            comment, _, code = text.partition("\n")
            (project / comment.removeprefix("# ")).write_text(code, "utf-8")
        for command in text.splitlines() if language == "sh" else []:
            if command in NOT_RUN:
                continue
            # the server of compose.yml would need no words; where a wheel brings one, there is none
            server = {} if "throwaway-server" in command else {"TEST_DATABASE_URL": new_database(database)}
            done.append((command, shell(project, command, **server)))
            if command.endswith(".env") and database != "sqlite":
                # "for another, write its URL into .env"
                (project / ".env").write_text(f"DATABASE_URL={new_database(database)}\n", "utf-8")

    assert ("uv run python -m my_project.hello", "11 left\n") in [(c, o.partition("+ ")[0]) for c, o in done]
    assert [command for command in INLINE.findall(readme) if command not in {**NOT_RUN, **dict(done)}] == []
    for line in commands((project / "AGENTS.md").read_text("utf-8")):
        if (command := line.partition("  #")[0].rstrip()) not in {**NOT_RUN, **dict(done)}:
            shell(project, command, TEST_DATABASE_URL=new_database(database))


@pytest.mark.parametrize("io", ["sync", "async"])
def test_every_block_of_a_readme_is_known_to_this_test(io: str, bake: Bake) -> None:
    for readme in (ROOT / "README.md", bake(io=io, web="fastapi") / "README.md"):
        languages = {language for language, _ in blocks(readme.read_text("utf-8"))}

        assert languages <= {"sh", "python", ""}, f"who runs this of {readme}?"


def test_every_command_of_the_templates_readme_is_typed_by_a_test() -> None:
    """Chapters whose blocks a test takes whole: this file, test_updating.py."""
    tested = ["Two commands", "Update a project", "With git alone"]
    typed = [line for title in tested for line in commands(chapter(title))]

    readme = (ROOT / "README.md").read_text("utf-8")
    assert [command for command in commands(readme) if command not in [*typed, *NOT_RUN]] == []


def test_the_next_steps_that_the_hook_prints_are_true(folder: Path) -> None:
    said = printed(run(folder, sys.executable, "-m", "cookiecutter", ROOT, "--no-input", HOME=str(folder)))

    _, _, steps = said.partition("Next:\n")
    typed = "\n".join(line for line in steps.splitlines() if line.startswith("  ") and line.strip())
    output = shell(folder, typed)

    assert len(typed.splitlines()) == 4
    assert "All of it is true." in output
    assert "passed" in output


def chapter(title: str, page: str = "README.md") -> str:
    """Return what a page of the template says under a heading, up to the next one."""
    text = (ROOT / page).read_text("utf-8")
    section = re.search(rf"^##+ {title}$.*?(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return section[0]


def commands_of(title: str) -> list[str]:
    """Return the blocks of shell commands of a chapter of the template's README."""
    return [text for language, text in blocks(chapter(title)) if language == "sh"]


def two_commands() -> list[str]:
    """Return the commands that the template's README promises to work on a fresh machine."""
    return commands(chapter("Two commands"))


def test_the_first_command_generates_a_project_and_shows_it_at_work(folder: Path) -> None:
    first, _ = two_commands()
    installs_uv, _, rest = first.partition(" && ")
    clone, home = folder / "clone", folder / "home"
    mine = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis", "my-project")
    shutil.copytree(ROOT, clone, ignore=mine)
    home.mkdir()
    cache = printed(run(folder, UV, "cache", "dir")).strip()

    output = shell(clone, rest, HOME=str(home), UV_CACHE_DIR=cache)

    assert installs_uv == "pip install uv"  # which these tests run with
    assert "All of it is true." in output


def test_the_second_command_is_the_gates() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert two_commands()[1] in gate


def test_windows_and_macos_run_the_first_command_and_the_tests_for_every_style() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    job = workflow["jobs"]["default-project"]
    _, generate, _, show = two_commands()[0].split(" && ")

    typed = [step["run"] for step in job["steps"] if "run" in step]

    assert job["strategy"]["matrix"] == {"os": ["windows-latest", "macos-latest"], "io": CHOICES["io"]}
    assert typed == [f'{generate} io="$IO"', "cp .env.example .env", show, "uv run pytest"]
