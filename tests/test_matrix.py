"""Everything that is claimed is run: each server, Python and cookiecutter, with what differs between them.

Here is what no other test meets; `python -m tests.matrix` runs all of it, and writes docs/tested-on.md.
"""

import json
import os
import re
import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from . import inside
from .answers import ROOT
from .clients import version_of
from .conftest import MET, Bake, NewDatabase
from .labs import new_lab
from .projects import COMBINATIONS, SLUG, UV, contents, printed, run, short_name
from .test_migrating import REVISIONS
from .test_platforms import few_projects
from .test_versions import NEWER, PYTHONS, interpreter

IS_FULL = os.environ.get("MATRIX") == "full"

# The option of each server of conftest.py.
SERVERS = {
    "sqlite": "sqlite",
    "postgresql-of-debian": "postgresql",
    "postgresql-17": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb-11.8": "mysql",
    "mysql-9.7": "mysql",
}
# Those that only these tests meet, and the styles that they are tried in.
RARE = {"postgresql-17": ["async"], "mariadb-11.8": ["sync", "async"], "mysql-9.7": ["sync", "async"]}
COOKIECUTTERS = sorted({"2.6.0", "2.7.0", version("cookiecutter")})

Note = Callable[[str, str], None]


@pytest.fixture
def note(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Note:
    """Note for the page and the end of the run what is run, and with which version."""

    def note(what: str, met: str) -> None:
        record_property("what", what)
        record_property("met", met)
        request.config.stash[MET].add(met)

    return note


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note for the page how many tests passed, from what pytest printed."""
    return lambda output: record_property("passed", re.findall(r"(\d+) passed", output)[-1])


def projects_for(kind: str) -> list[dict[str, str]]:
    """Return the options of the projects that run on a server: each style and key, one of them for a cluster."""
    own = [a for a in COMBINATIONS if a["database"] == SERVERS[kind] and a["example"] == "example"]
    own = [a for a in own if a["topology"] == ("cluster" if is_of_a_cluster(kind, a) else "single-server")]
    if IS_FULL:
        return own
    # one for each style, with keys of both kinds
    return [a for a in own if a["io"] in RARE[kind] and (a["io"] == "sync") == (a["primary_key"] == "integer")]


def is_of_a_cluster(kind: str, answers: dict[str, str]) -> bool:
    """Return whether a project of these options is tried as one for a cluster; MySQL itself and SQLite have none."""
    return kind not in ("mysql-9.7", "sqlite") and (answers["io"], answers["primary_key"]) == ("async", "uuid")


def called(kind: str, url: str) -> str:
    """Return the name and the version of the database at `url`."""
    return f"SQLite {sqlite3.sqlite_version}" if kind == "sqlite" else version_of(url)


KINDS = list(SERVERS if IS_FULL else RARE)


@pytest.mark.parametrize(
    ("kind", "answers"),
    [pytest.param(kind, a, id=f"{kind}-{short_name(a)}") for kind in KINDS for a in projects_for(kind)],
)
def test_a_project_passes_its_own_tests(
    kind: str,
    answers: dict[str, str],
    bake: Bake,
    new_database: NewDatabase,
    note: Note,
    count: Callable[[str], None],
    tmp_path: Path,
) -> None:
    url = new_database(kind)
    note("projects", called(kind, url))

    output = printed(inside.own_tests(inside.copy(bake(**answers), tmp_path), TEST_DATABASE_URL=url))

    assert "skipped" not in output
    count(output)


@pytest.mark.parametrize("kind", KINDS)
def test_four_replicas_migrate_once_and_back(
    kind: str, bake: Bake, new_database: NewDatabase, note: Note, tmp_path: Path
) -> None:
    lab = new_lab(bake, lambda _answer: new_database(kind), tmp_path, SERVERS[kind])
    note("migrations", called(kind, lab.url))
    lab.plant(*REVISIONS)

    codes = json.loads(lab.program("replicas"))
    output = lab.migrate("current --check-heads", "downgrade base", "upgrade head")

    assert codes == [0, 0, 0, 0]
    assert "fourth (head)" in output


@pytest.mark.parametrize("kind", KINDS)
def test_the_tour_finds_all_of_it_true(kind: str, bake: Bake, new_database: NewDatabase, note: Note) -> None:
    url = new_database(kind)
    note("tour", called(kind, url))

    output = printed(inside.python(bake(database=SERVERS[kind], io="async"), "-m", "tour", TEST_DATABASE_URL=url))

    assert output.rstrip().endswith("All of it is true.")


@pytest.mark.parametrize("python", PYTHONS if IS_FULL else NEWER)
@pytest.mark.parametrize(
    ("io", "kind"),
    [("sync", "sqlite"), ("async", "postgresql"), ("async", "mysql-9.7")]
    if IS_FULL
    else [("sync", "sqlite"), ("async", "sqlite")],
)
def test_a_project_works_on_every_python(
    io: str,
    kind: str,
    python: str,
    bake: Bake,
    new_database: NewDatabase,
    note: Note,
    count: Callable[[str], None],
    tmp_path: Path,
) -> None:
    found = interpreter(python, tmp_path)
    note("projects", printed(run(tmp_path, found, "--version")).strip())
    project = inside.copy(bake(io=io, database=SERVERS[kind]), tmp_path)
    inside.plant(project, "models_base.py")  # Base reads annotations, which Python 3.14 evaluates later
    environment = {} if kind == "sqlite" else {"TEST_DATABASE_URL": new_database(kind)}

    printed(run(project, UV, "sync", "--python", found))
    output = printed(run(project, UV, "run", "--no-sync", "pytest", **environment))

    assert f"Python {python}." in output
    count(output)


@pytest.mark.parametrize("python", [PYTHONS[0], PYTHONS[-1]] if IS_FULL else PYTHONS[-2:-1])
@pytest.mark.parametrize("number", COOKIECUTTERS if IS_FULL else COOKIECUTTERS[1:2])
def test_every_cookiecutter_makes_the_same_projects(
    number: str, python: str, bake: Bake, note: Note, folder: Path
) -> None:
    note("generated", f"cookiecutter {number}")
    program = [UV, "tool", "run", "--python", interpreter(python, folder), "--from", f"cookiecutter=={number}"]

    for place, answers in enumerate(few_projects() if IS_FULL else few_projects()[:1]):
        to = folder / str(place)
        words = [f"{question}={answer}" for question, answer in answers.items()]
        printed(run(folder, *program, "cookiecutter", ROOT, "--no-input", "--output-dir", to, *words))

        assert contents(to / SLUG) == contents(bake(**answers))
