"""Neither a run of these tests nor one of a project's own leaves a process or a folder behind, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from . import inside
from .answers import ROOT
from .conftest import Bake
from .faults.node import wait_until
from .projects import environment_with
from .runs import MEMORY, processes_of
from .servers import wait_for

# Seconds after which nothing may be left: three to five on a quiet machine, and more where other tests compute.
PATIENCE = 30.0
MARKED = "MARKED_BY_A_TEST"

# Two workers, each with a child, and between them a server of each kind.
SLOW_TESTS = """
import subprocess, sys, time
from pathlib import Path

import pytest


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_that_is_slow(kind, new_database, tmp_path):
    new_database(kind)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True):
        (Path(__file__).parent / f"{kind}.begun").touch()
        time.sleep(60)
"""


SLOW_TEST_OF_A_PROJECT = """
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", [1, 2])
def test_that_is_slow(number, database_url):
    (Path(__file__).parent / f"{number}.begun").touch()
    time.sleep(60)
"""


def begin_and_end(folder: Path, with_signal: int, cwd: Path, words: list[object], **environment: str) -> None:
    """Run pytest until both tests in a folder have begun, end it with a signal, and expect that nothing is left."""
    command = [sys.executable, "-m", "pytest", *map(str, words)]
    temporary = Path(tempfile.mkdtemp())  # short, as the paths of sockets have to be
    mark = temporary.name
    environment |= {MARKED: mark, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    log = folder / "log"
    # A background process of a shell ignores Ctrl-C, and its children inherit that, unless there is a handler.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with log.open("wb") as output:
            own = environment_with(**environment)
            # in a session of its own, with its workers, as in a terminal
            run = subprocess.Popen(command, cwd=cwd, env=own, stdout=output, stderr=output, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        wait_for(lambda: len(list(folder.glob("*.begun"))) == 2, run, log)
        in_memory = [MEMORY / path.name for path in temporary.iterdir()]
        if with_signal == signal.SIGINT:
            os.killpg(run.pid, with_signal)  # Ctrl-C
        else:
            run.send_signal(with_signal)

        def folders() -> list[Path]:
            # pytest itself keeps its last three folders
            left = [path for path in temporary.iterdir() if not path.name.startswith("pytest-of-")]
            return left + [path for path in in_memory if path.exists()]

        def is_over() -> bool:
            return run.poll() is not None and not processes_of(mark, MARKED) and not folders()

        try:
            wait_until(is_over, PATIENCE)
        except TimeoutError:
            left = [one.cmdline() for one in processes_of(mark, MARKED)]
            pytest.fail(f"left: {left}, {folders()}")
    finally:
        for process in processes_of(mark, MARKED):
            process.kill()
        run.wait()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_nothing_is_left_of_a_run_that_a_signal_ends(with_signal: signal.Signals, tmp_path: Path) -> None:
    slow = tmp_path / "test_slow.py"
    slow.write_text(SLOW_TESTS, encoding="utf-8")
    # with the plugins and fixtures of all tests here
    words = ["-p", "tests.conftest", "-n2", "--rootdir", tmp_path, slow]

    begin_and_end(tmp_path, with_signal, ROOT, words)


@pytest.mark.parametrize(
    ("database", "with_signal"),
    [
        ("sqlite", signal.SIGKILL),
        ("postgresql", signal.SIGTERM),
        ("postgresql", signal.SIGINT),
        ("mysql", signal.SIGKILL),
    ],
)
def test_nothing_is_left_of_a_project_s_tests_that_a_signal_ends(
    database: str, with_signal: signal.Signals, bake: Bake, tmp_path: Path
) -> None:
    project = inside.copy(bake(database=database), tmp_path)
    slow = project / "tests" / "test_slow.py"
    slow.write_text(SLOW_TEST_OF_A_PROJECT, encoding="utf-8")
    words = ["-p", "no:cacheprovider", "-p", "no:asyncio", "-n2", slow]

    runtime = str(tmp_path)  # where the wheel's PostgreSQL has a lock
    begin_and_end(slow.parent, with_signal, project, words, PYTHONPATH=str(project / "src"), XDG_RUNTIME_DIR=runtime)
