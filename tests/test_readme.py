"""Tests of the READMEs and of the hook's message: their commands work, in their order."""

import os
import re
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from benchmarks.report import units_in_short

from . import inside
from .adversarial import CORPUS
from .answers import CHOICES, COMBINATIONS, QUESTIONS, ROOT, TEMPLATE
from .conftest import Bake, NewDatabase, skipped_without_servers
from .projects import NOT_COPIED, UV, printed, run
from .test_versions import FETCHED

BUILT = "needs Docker; test_container.py builds the image with buildah, and does what compose does"

# Commands that the tests do not run, and why.
NOT_RUN = {
    "docker compose up --wait": "needs Docker; the server of these tests takes its place",
    "docker build --tag my-project .": BUILT,
    "docker compose up --build --wait": BUILT,
    "docker compose --profile site up --build --wait": BUILT,
    "uv tool install pre-commit && pre-commit install": "changes the home of whoever runs the tests, and needs git",
    "uv run uvicorn --factory my_project.web.app:main": "does not end; test_web.py starts what it starts",
    "uvx cookiecutter gh:org/cookiecutter-sqlalchemy": "is what others have; the tests have this one",
}

README = (ROOT / "README.md").read_text("utf-8")

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
    for command in commands((project / "AGENTS.md").read_text("utf-8")):
        if command not in {**NOT_RUN, **dict(done)}:
            shell(project, command, TEST_DATABASE_URL=new_database(database))


@pytest.mark.parametrize("io", ["sync", "async"])
def test_every_block_of_a_readme_is_known_to_this_test(io: str, bake: Bake) -> None:
    for readme in (ROOT / "README.md", bake(io=io, web="fastapi") / "README.md"):
        languages = {language for language, _ in blocks(readme.read_text("utf-8"))}

        assert languages <= {"sh", "python", ""}, f"who runs this of {readme}?"


# Chapters whose blocks a test takes whole: this file, test_updating.py.
TYPED = {"README.md": ["Try it"], "docs/updating.md": ["With cruft", "Change an option", "With git alone"]}


@pytest.mark.parametrize("page", TYPED)
def test_every_command_of_the_template_is_typed_by_a_test(page: str) -> None:
    typed = [line for title in TYPED[page] for line in commands(chapter(title, page))]

    assert [line for line in commands((ROOT / page).read_text("utf-8")) if line not in [*typed, *NOT_RUN]] == []


def test_the_next_steps_that_the_hook_prints_are_true(folder: Path) -> None:
    said = printed(run(folder, sys.executable, "-m", "cookiecutter", ROOT, "--no-input", HOME=str(folder)))

    _, _, steps = said.partition("Next:\n")
    typed = "\n".join(line for line in steps.splitlines() if line.startswith("  ") and line.strip())
    output = shell(folder, typed)

    assert len(typed.splitlines()) == 4
    assert "All of it is true." in output
    assert "passed" in output


def chapter(title: str, page: str = "README.md") -> str:
    """Return what a page of the template says under a heading, up to the next one or the end."""
    text = (ROOT / page).read_text("utf-8")
    section = re.search(rf"^##+ {title}$.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    return section[0]


def commands_of(title: str, page: str) -> list[str]:
    """Return the blocks of shell commands of a chapter of a page of the template."""
    return [text for language, text in blocks(chapter(title, page)) if language == "sh"]


def two_commands() -> list[str]:
    """Return the commands that the template's README promises to work on a fresh machine."""
    return commands(chapter("Try it"))


def pip_that_refuses(folder: Path) -> Path:
    """Return a folder with the `pip` of a Python that belongs to the system, or skip the test."""
    with skipped_without_servers():
        root = FETCHED["3.13"].root
    printed(run(folder, sys.executable, "-m", "venv", folder / "venv"))
    [packages] = folder.glob("venv/lib/python*/site-packages")
    (folder / "programs").mkdir()
    pip = folder / "programs" / "pip"
    pip.write_text(f'#!/bin/sh\nPYTHONPATH={packages} exec {root}/usr/bin/python3.13 -m pip "$@"\n', "utf-8")
    pip.chmod(0o755)
    return pip.parent


def wheel_of_uv(folder: Path) -> Path:
    """Return a folder with a wheel whose programs are the uv that runs the tests: nothing is downloaded."""
    folder.mkdir()
    files = {
        "uv-1.data/scripts/uv": f'#!/bin/sh\nexec {UV} "$@"\n',
        "uv-1.data/scripts/uvx": f'#!/bin/sh\nexec {UV} tool run "$@"\n',
        "uv-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: uv\nVersion: 1\n",
        "uv-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / "uv-1-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, "uv-1.dist-info/RECORD": "".join(f"{name},,\n" for name in files)}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100755 << 16  # pip installs the mode as well
            wheel.writestr(entry, text)
    return folder


def test_the_first_command_works_where_pip_refuses_to_change_the_system(folder: Path) -> None:
    first, _ = two_commands()
    clone, home = folder / "clone", folder / "home"
    shutil.copytree(ROOT, clone, ignore=NOT_COPIED)
    home.mkdir()
    cache = printed(run(folder, UV, "cache", "dir")).strip()
    programs = pip_that_refuses(folder)
    wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel_of_uv(folder / "wheels")), "PIP_CONFIG_FILE": os.devnull}

    refused = run(folder, programs / "pip", "install", "uv", **wheels)
    output = shell(clone, first, programs, HOME=str(home), UV_CACHE_DIR=cache, **wheels)

    assert "externally-managed-environment" in refused.stderr
    assert "All of it is true." in output


def test_the_second_command_is_the_gates() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert two_commands()[1] in gate


def test_windows_and_macos_run_the_first_command_and_the_tests_for_every_style() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    job = workflow["jobs"]["default-project"]
    # there, an action puts uv on the path
    _, generate, _, show = re.sub(r"\S*\.uv/bin/", "", two_commands()[0]).split(" && ")

    typed = [step["run"] for step in job["steps"] if "run" in step]

    assert job["strategy"]["matrix"] == {"os": ["windows-latest", "macos-latest"], "io": CHOICES["io"]}
    assert typed == [f'{generate} io="$IO"', "cp .env.example .env", show, "uv run pytest"]


# Shape


def test_the_readme_is_short_and_its_chapters_have_their_order() -> None:
    """A reader sees what it is, what it looks like, how to get it and why, before anything else."""
    order = ["<!-- picture -->", "uvx cookiecutter gh:", "## Failures", "## Try", "## Features", "## Options"]
    places = [README.index(mark) for mark in [*order, "## When to take something else", "## More"]]

    assert len(README.splitlines()) <= 150
    assert places == sorted(places)


def test_the_badges_are_of_this_repository() -> None:
    address = "https://github.com/org/cookiecutter-sqlalchemy"
    badges = dict(re.findall(r"^\[!\[(\w+)\]\((https://\S+?)\)\]", README, re.MULTILINE))
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]

    assert list(badges) == ["CI", "Version", "License", "Python"]
    workflow = badges["CI"].removeprefix(f"{address}/actions/").removesuffix("/badge.svg")
    assert (ROOT / ".github" / workflow).is_file()
    assert all("/org/cookiecutter-sqlalchemy" in badges[name] for name in ("Version", "License"))
    assert oldest.removeprefix(">=") in badges["Python"]


def test_the_figures_of_the_readme_are_those_of_the_pages_that_it_links() -> None:
    faults = (ROOT / "docs" / "faults.md").read_text("utf-8")
    says = r"([\d,]+) units of work in (\d+) runs of these tests: 0 were lost, 0 were done twice, and 0 errors"
    [(units, runs)] = re.findall(says, faults)

    assert f"{units} units of work in {runs} runs of failover tests, none lost, none duplicated, no error" in README
    assert f"asks {len(QUESTIONS)} questions" in README
    assert f"| combinations rendered by its tests | all {len(COMBINATIONS)} |" in README
    assert f"| adversarial input handled | {len(CORPUS)} of {len(CORPUS)}, our own list |" in README


def test_the_figures_of_the_guide_to_clusters_are_those_of_the_last_faults() -> None:
    guide = (ROOT / "docs" / "guide" / "cluster.md").read_text("utf-8")
    faults = (ROOT / "docs" / "faults.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in faults.splitlines() if " | sync | " in line]
    found = {(cluster, fault, way): figures for cluster, fault, way, _, *figures in rows}
    broken = "PostgreSQL, quorum of slow replicas", "all connections terminated 20 times, most in COMMIT"
    behind = "PostgreSQL, asynchronous replicas", "kill -9 of the primary, the replicas a second behind"

    _, *defaults, _ = found[*broken, "SQLAlchemy's defaults, one host"]
    _, *blind, _ = found[*broken, "every error retried, no key"]
    acknowledged, lost, *_ = found[*behind, "`run_transaction` with an idempotency key"]

    assert f"| SQLAlchemy's defaults | {' | '.join(defaults)} |" in guide
    assert f"| every error is retried | {' | '.join(blind)} |" in guide
    assert f"lost {lost} of {acknowledged} acknowledged transactions" in guide


def test_the_table_of_speed_has_no_mean_and_keeps_what_is_lost() -> None:
    def record(*others: float) -> dict[str, Any]:
        ways = {"this project": [1.0] * len(others), "another way": list(others)}
        named = {name: {"seconds": seconds, "measures": {}} for name, seconds in ways.items()}
        return {"benchmark": "units", "group": "sync, 1 worker", "ways": named}

    slower, equal, faster = record(10.5, 11, 12), record(0.9, 1.2, 1.3), record(0.7, 0.8, 0.9)

    assert units_in_short([slower, equal, faster, record(2, 2, 2)]).splitlines()[2:] == [
        "| another way, 4 comparisons | 2: 2.00 to 11.00 times | 1 | 1: 0.80 times |"
    ]


# The tests of each row of the table of failures; where a row has two, the first one has the failure.
PROOFS = {
    "SQLite loses": ["tests/test_concurrency.py::test_sqlite_loses_no_update"],
    "code that catches a flush error": [
        "tests/test_claims.py::test_a_swallowed_flush_error_loses_the_unit_without_an_error",
        "tests/test_swallowed_errors.py::test_a_swallowed_error_loses_nothing_silently",
    ],
    "code that catches a deadlock": [
        "tests/programs/engine_mysql.py::test_the_driver_alone_saves_half_of_the_unit_without_an_error",
        "tests/programs/engine_mysql.py::test_a_swallowed_deadlock_is_raised_instead_of_saving_half_of_the_unit",
    ],
    "a time that is written in Tokyo": [
        "tests/test_time_zones.py::test_sqlalchemys_own_type_moves_instants_where_databases_have_no_zones",
        "tests/test_time_zones.py::test_a_stored_time_comes_back_as_the_same_instant_in_utc",
    ],
    "reading `updated_at`": [
        "tests/test_claims.py::test_updated_at_is_unreadable_under_asyncio_without_eager_defaults",
        f"{TEMPLATE.name}/tests/db/test_mixins@async.py"
        "::test_updated_at_follows_each_change_and_is_readable_after_the_commit_without_a_statement",
    ],
    "only 1 of 4 replicas": [
        "tests/test_migrating.py::test_without_the_lock_replicas_fail",
        "tests/test_migrating.py::test_four_replicas_that_start_together_migrate_once",
    ],
    "a migration that alters a SQLite table": [
        "tests/test_migrating.py::test_a_batch_keeps_the_rows_that_would_be_deleted_with_their_parents",
    ],
    "a `%` in the database password": [
        "tests/test_odd_urls.py::test_an_odd_url_serves_the_application_and_its_migrations",
    ],
    "a failover": [
        "tests/test_faults.py::test_sqlalchemys_defaults_never_find_the_promoted_replica",
        "tests/test_faults.py::test_a_killed_primary_and_a_promoted_replica_lose_nothing",
    ],
}


def test_every_failure_that_the_readme_names_has_its_test() -> None:
    rows = re.findall(r"^\| (.+?) \|", chapter("Failures it prevents"), re.MULTILINE)[1:]
    proofs = [proof.split("::") for own in PROOFS.values() for proof in own]

    assert [next((begin for begin in PROOFS if row.startswith(begin)), row) for row in rows] == list(PROOFS)
    assert [name for path, name in proofs if f"def {name}(" not in (ROOT / path).read_text("utf-8")] == []
