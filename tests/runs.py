"""A run of the tests: its folder for temporary files, and the end of all its processes, however the run itself ends.

A second process watches the run by a pipe that the run keeps open. So it notices the end of the run also after
SIGKILL, which leaves a process no time to clean up. The processes of the run have its name in the environment.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

# The environment variable; a run inside of another one adds its name to those that are there.
NAMES = "RUNS_OF_TESTS"
# The environment variable with the folder for files that are soon deleted, which is in memory where that can be had.
SHORT_LIVED = "SHORT_LIVED_FILES_OF_TESTS"
# Where Linux keeps files in memory.
MEMORY = Path("/dev/shm")  # noqa: S108
# Seconds in which servers may stop by themselves.
PATIENCE = 2.0


def has_memory() -> bool:
    """Return whether there is a folder in memory with space and where programs can run, which containers may forbid."""
    if not MEMORY.is_dir():
        return False
    its = os.statvfs(MEMORY)
    return its.f_bavail * its.f_frsize > 2**30 and not its.f_flag & os.ST_NOEXEC


def short_lived() -> TemporaryDirectory[str]:
    """Return a folder for files that are soon deleted; outside of a run it is where all temporary ones are.

    ext4 makes each new file slower for some minutes after many were deleted.
    """
    return TemporaryDirectory(dir=os.environ.get(SHORT_LIVED), ignore_cleanup_errors=True)


class Run:
    """From here on, what this process starts belongs to the run; a plugin of pytest."""

    def __init__(self) -> None:
        # a short name, because the path of a socket in it has to fit into 107 bytes
        self.folder = Path(tempfile.mkdtemp(prefix="tests-"))
        self.keeps_folder = False
        place = (MEMORY if has_memory() else self.folder) / self.folder.name
        place.mkdir(0o700)
        os.environ[SHORT_LIVED] = str(place)
        # in a session of its own, where Ctrl-C does not reach it
        command = [sys.executable, __file__, str(self.folder)]
        self.watch = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        os.environ[NAMES] = " ".join([*os.environ.get(NAMES, "").split(), self.folder.name])
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)

    def end(self) -> None:
        """End what is left of the run, and remove its folder or keep it to be looked at."""
        if self.watch.poll() is None:
            self.watch.communicate(b"keep" if self.keeps_folder else b"")

    def pytest_keyboard_interrupt(self) -> None:
        """End the workers of `pytest -n` as well, which would be waited for."""
        self.end()

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.keeps_folder = exitstatus == pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.keeps_folder:
            terminalreporter.write_line(f"the folders of this run are kept: {self.folder}")

    def pytest_unconfigure(self) -> None:
        self.end()


def processes_of(name: str, variable: str = NAMES) -> list[psutil.Process]:
    """Return the living processes that have this name in a variable of their environment: those of a run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and name in process.environ().get(variable, "").split():
                found.append(process)
        except psutil.Error:
            continue  # it has ended, or is somebody else's
    return found


def end_processes_of(name: str) -> None:
    """Ask the processes of a run to stop; kill those that have not done so after PATIENCE."""
    begin = time.monotonic()
    asked: set[int] = set()
    while left := processes_of(name):
        for process in left:
            # PostgreSQL's immediate shutdown waits for no client, and leaves no shared memory.
            request = signal.SIGQUIT if process.name() == "postgres" else signal.SIGTERM
            if time.monotonic() - begin > PATIENCE:
                request = signal.SIGKILL
            elif process.pid in asked:
                continue
            asked.add(process.pid)
            try:
                process.send_signal(request)
            except psutil.Error:
                continue
        time.sleep(0.05)


def watch(folder: Path) -> None:
    """Wait for the end of a run and clean up after it; a run that has something to say keeps its folder."""
    keep = sys.stdin.read()
    end_processes_of(folder.name)
    shutil.rmtree(MEMORY / folder.name, ignore_errors=True)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
