"""The wheel of a generated project migrates a database by itself: no checkout, no configuration file."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import inside
from .conftest import Bake, NewDatabase
from .projects import PACKAGE, SLUG, UV, printed, run

Installed = Callable[..., "Program"]


@dataclass(frozen=True)
class Program:
    """The command of an installed project, in an empty folder."""

    path: Path
    folder: Path

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it with these variables and no others."""
        return subprocess.run(
            [self.path, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture(scope="session")
def installed(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel of the project with these options, and install it into an environment of its own."""
    programs: dict[frozenset[tuple[str, str]], Program] = {}

    def installed(**answers: str) -> Program:
        key = frozenset(answers.items())
        if key not in programs:
            folder = tmp_path_factory.mktemp("wheel")
            project = inside.copy(bake(**answers), folder)
            printed(run(project, UV, "build", "--wheel", "--out-dir", folder))
            (wheel,) = folder.glob("*.whl")
            environment = folder / "environment"
            printed(run(folder, UV, "venv", "--python", sys.executable, environment))
            printed(run(folder, UV, "pip", "install", "--python", environment, wheel))
            (folder / "elsewhere").mkdir()
            programs[key] = Program(environment / "bin" / f"{SLUG}-db", folder / "elsewhere")
        return programs[key]

    return installed


@pytest.mark.parametrize(
    ("io", "database"), [("sync", "sqlite"), ("async", "sqlite"), ("sync", "postgresql"), ("sync", "mysql")]
)
def test_a_wheel_migrates_an_empty_database(
    io: str, database: str, installed: Installed, new_database: NewDatabase
) -> None:
    program, url = installed(io=io, database=database), new_database(database)

    up = printed(program("upgrade", "head", DATABASE_URL=url))
    here = printed(program("current", "--check-heads", DATABASE_URL=url))
    printed(program("check", DATABASE_URL=url))
    down = printed(program("downgrade", "base", DATABASE_URL=url))
    nowhere = printed(program("current", "--check-heads", DATABASE_URL=url), returns=255)

    assert "Running upgrade  -> 4b7d1c0e92a5" in up
    assert "4b7d1c0e92a5 (head)" in here
    assert "Running downgrade 4b7d1c0e92a5 -> " in down
    assert "Database is not on all head revisions" in nowhere
    assert list(program.folder.iterdir()) == []


def test_a_wheel_has_the_package_and_nothing_beside_it(installed: Installed) -> None:
    program = installed(io="sync", database="sqlite")

    [wheel] = program.folder.parent.glob("*.whl")
    folders = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {name for name in folders if not name.endswith(".dist-info")} == {PACKAGE}


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_without_its_url_one_sentence_says_what_to_set(database: str, installed: Installed) -> None:
    done = installed(io="sync", database=database)("upgrade", "head")

    (sentence,) = printed(done, returns=255).splitlines()
    assert sentence.startswith("FAILED: DATABASE_URL: not set; ")


def test_a_server_that_cannot_be_reached_is_one_sentence(installed: Installed) -> None:
    url = "postgresql://scott:tiger@127.0.0.1:1/shop"

    done = installed(io="sync", database="postgresql")("upgrade", "head", DATABASE_URL=url)

    (sentence,) = printed(done, returns=255).splitlines()
    assert sentence.startswith(
        "FAILED: DATABASE_URL: no connection to postgresql+psycopg://scott:***@127.0.0.1:1/shop: "
    )
    assert "tiger" not in sentence


@pytest.mark.parametrize(
    "pyproject",
    [
        '[tool.alembic]\nscript_location = "elsewhere"\nversion_locations = ["elsewhere"]\n',
        "[tool.alembic",
        "tool = 1\n",
    ],
    ids=["another project's", "broken", "strange"],
)
def test_the_configuration_of_another_project_changes_nothing(
    pyproject: str, installed: Installed, new_database: NewDatabase
) -> None:
    program, url = installed(io="sync", database="sqlite"), new_database("sqlite")
    other = program.folder / "pyproject.toml"
    other.write_text(pyproject, "utf-8")

    up = printed(program("upgrade", "head", DATABASE_URL=url))
    other.unlink()

    assert "Running upgrade  -> 4b7d1c0e92a5" in up


@pytest.mark.parametrize("words", [("-c", "other.ini", "current"), ("-n", "other", "current"), ("init", "here"), ()])
def test_a_command_that_there_is_not_is_refused_with_the_ones_that_there_are(
    words: tuple[str, ...], installed: Installed
) -> None:
    program = installed(io="sync", database="sqlite")

    assert "usage: my-project-db" in printed(program(*words), returns=2)
    assert list(program.folder.iterdir()) == []


def test_the_command_tells_the_version_of_the_project_and_shows_examples(installed: Installed) -> None:
    program = installed(io="sync", database="sqlite")

    assert printed(program("--version")) == "my-project-db 0.1.0\n"
    assert "my-project-db upgrade head  " in printed(program("--help"))


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("oracle://scott:tiger@db/x", "oracle:// is another database"),
        ("postgresql+asyncpg://scott:tiger@db/x", "+asyncpg is not the driver of this project"),
        ("postgresql://scott:ti@ger@db/x", "write one inside a password as %40"),
        ("tiger", "not a database URL"),
    ],
)
def test_a_url_that_cannot_work_is_one_sentence_without_its_password(
    url: str, problem: str, installed: Installed
) -> None:
    done = installed(io="sync", database="postgresql")("upgrade", "head", DATABASE_URL=url)

    (sentence,) = printed(done, returns=255).splitlines()
    assert sentence.startswith("FAILED: DATABASE_URL: ")
    assert problem in sentence
    assert "ger" not in sentence


def test_a_revision_made_by_a_wheel_says_where_it_is(installed: Installed, new_database: NewDatabase) -> None:
    """In the installed package, not in anybody's checkout: whoever did not mean that can see it."""
    program = installed(io="sync", database="sqlite", primary_key="uuid")  # its own: this one is changed

    output = printed(program("revision", "-m", "elsewhere", DATABASE_URL=new_database("sqlite")))

    assert f"site-packages/{PACKAGE}/migrations/versions/" in output
    assert "_elsewhere.py" in output
