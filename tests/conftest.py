"""Projects for the tests: each combination of options is rendered once."""

import os
import runpy
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest
from cookiecutter.exceptions import FailedHookException  # type: ignore[import-untyped]
from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]
from jinja2 import Environment

from . import servers
from .answers import APART, COMBINATIONS, QUESTIONS, ROOT, name_of
from .clients import execute, version_of
from .forks import SharedEnvironment, forking
from .rendered import NAMES, TEXTS, Rendered, length_of_name
from .runs import Run, short_lived


class Render(Protocol):
    """Render a new project with these options into a folder; others have their defaults."""

    def __call__(self, folder: Path, **answers: str) -> Path: ...


class Bake(Protocol):
    """Return the project with these options; others have their defaults."""

    def __call__(self, **answers: str) -> Path: ...


def run_hook(script: str, folder: Path | str) -> None:
    """Run a hook in this process, which takes less than half of the time; that of the command starts one for each."""
    with chdir(folder):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise FailedHookException(f"exit status: {ended.code}") from None


@pytest.fixture(scope="session")
def render() -> Render:
    """Run cookiecutter as its command does, without the folders in the home of whoever runs the tests.

    Not in threads: cookiecutter changes the working directory of the process.
    """
    compiled: dict[tuple[Any, ...], Any] = {}
    compile_template = Environment.compile

    def compile_once(environment: Environment, source: Any, *names: Any) -> Any:
        if (source, *names) not in compiled:
            compiled[source, *names] = compile_template(environment, source, *names)
        return compiled[source, *names]

    def render(folder: Path, **answers: str) -> Path:
        # cookiecutter itself ignores what it does not know
        if unknown := answers.keys() - QUESTIONS.keys():
            raise ValueError(f"no questions of the template: {', '.join(sorted(unknown))}")
        folder.mkdir(parents=True, exist_ok=True)
        # The hook deletes most files.
        with pytest.MonkeyPatch.context() as patch, short_lived() as own:
            # cookiecutter leaves its copies of the hooks in the folder for temporary files
            patch.setattr("tempfile.tempdir", own)
            # templates are compiled once and not for each project, which takes a third off the time
            patch.setattr(Environment, "compile", compile_once)
            patch.setattr("cookiecutter.hooks.run_script", run_hook)
            project = cookiecutter(
                str(ROOT),
                no_input=True,
                extra_context=answers,
                output_dir=f"{own}/made",
                default_config={"cookiecutters_dir": f"{own}/clones", "replay_dir": f"{own}/replay"},
            )
            return Path(shutil.move(project, folder))

    return render


@pytest.fixture(scope="session")
def bake(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Bake:
    """Render a project, or return the one that was rendered before: read it, and copy it to change it."""
    folder = tmp_path_factory.mktemp("baked")
    projects: dict[frozenset[tuple[str, str]], Path] = {}

    def bake(**answers: str) -> Path:
        key = frozenset(answers.items())
        if key not in projects:
            projects[key] = render(folder / str(len(projects)), **answers)
        return projects[key]

    return bake


@pytest.fixture(scope="session")
def environment(bake: Bake) -> Iterator[SharedEnvironment]:
    """One environment for the projects of all pages: the packages that uv puts there stay compiled."""
    with TemporaryDirectory() as name, forking(bake(example="no-example"), Path(name)) as environment:
        yield environment


@pytest.fixture(scope="session", params=APART, ids=name_of)
def rendered(request: pytest.FixtureRequest, render: Render) -> Iterator[list[Rendered]]:
    """Return every combination with these options, each with the shortest or the longest names."""

    def project(folder: Path, answers: dict[str, str]) -> Rendered:
        name = NAMES[length_of_name(answers)]
        return Rendered(render(folder / name_of(answers), project_name=name, **TEXTS, **answers), answers)

    with short_lived() as folder:  # all of them together would fill half a gigabyte
        yield [project(Path(folder), answers) for answers in COMBINATIONS if request.param.items() <= answers.items()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to generate in; the home of those who do is beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


# Every server that tests can ask for, and how to start it in a folder.
SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "postgresql": lambda folder: servers.postgresql(folder, servers.wheel_binaries()),
    "postgresql-of-debian": lambda folder: servers.postgresql(folder, servers.debian_binaries()),
    "postgresql-17": lambda folder: servers.postgresql(folder, servers.other_binaries()),
    "postgresql-with-postgis": lambda folder: servers.postgresql(folder, servers.debian_binaries("postgis")),
    "mysql": servers.mariadb,
    "mariadb-11.8": lambda folder: servers.mariadb(folder, root=servers.MARIADB.root),
    "mysql-9.7": servers.mysql,
    "mysql-9.7-that-demands-tls": lambda folder: servers.mysql(folder, "--require-secure-transport=ON"),
    "mariadb-11.8-that-demands-tls": lambda folder: servers.mariadb(
        folder, "--require-secure-transport=ON", root=servers.MARIADB.root
    ),
    "mysql-that-rolls-back-on-timeout": lambda folder: servers.mariadb(folder, "--innodb-rollback-on-timeout=ON"),
}


class Server(Protocol):
    """Return the URL of a running server, as a user who may do anything, with an existing database."""

    def __call__(self, name: str) -> str: ...


class NewDatabase(Protocol):
    """Return the URL, without a driver, of a new empty database of this kind; it is marked as a test's."""

    def __call__(self, kind: str) -> str: ...


@contextmanager
def skipped_without_servers() -> Iterator[None]:
    """Skip the test, with the reason, where a server cannot be had; REQUIRE_SERVERS=1 makes it a failure."""
    try:
        yield
    except servers.UnavailableError as reason:
        if os.environ.get("REQUIRE_SERVERS"):
            pytest.fail(f"REQUIRE_SERVERS is set, and there is {reason}")
        pytest.skip(str(reason))


MET: pytest.StashKey[set[str]] = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)  # before anything has asked for the folder of temporary files
def pytest_configure(config: pytest.Config) -> None:
    config.stash[MET] = set()
    if not hasattr(config, "workerinput"):  # workers belong to the run that starts them
        config.pluginmanager.register(Run())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Start half as many workers more than there are processors: tests wait for servers a third of the time."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # pytest-xdist obeys it
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors * 3 // 2


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of `pytest -n` met."""
    node.config.stash[MET].update(getattr(node, "workeroutput", {}).get("met", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        met = session.config.stash[MET]
        session.config.workeroutput["met"] = sorted(met)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which versions of servers, Pythons and cookiecutter the tests met."""
    if met := config.stash[MET]:
        terminalreporter.write_line(f"met: {', '.join(sorted(met))}")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start each of SERVERS when it is first asked for, and stop it at the end."""
    with ExitStack() as stack:
        running: dict[str, str] = {}

        def server(name: str) -> str:
            if name not in running:
                with skipped_without_servers():
                    running[name] = stack.enter_context(SERVERS[name](tmp_path_factory.mktemp(name)))
                request.config.stash[MET].add(version_of(running[name]))
            return running[name]

        yield server


@pytest.fixture(scope="session")
def new_database(server: Server, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Make a database on a server of SERVERS, or a file for "sqlite"; it goes with its server."""

    def new_database(kind: str) -> str:
        name = f"d{secrets.token_hex(4)}_test"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / name}.db"
        url = server(kind)
        is_postgresql = url.startswith("postgresql")
        execute(url, f"CREATE DATABASE {name}{'' if is_postgresql else ' CHARACTER SET utf8mb4'}")
        return f"{url.rpartition('/')[0]}/{name}"

    return new_database
