"""A scenario: workers of a generated project on a cluster, something that is done to it, and what must come of that."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ..inside import PROGRAMS
from ..projects import environment_with
from .outcome import Outcome, Report, compare

WORKERS = 8
# Seconds for the last units of work, once the workers are told to stop: longer than the deadline of `run_transaction`.
# Without it there is nothing to wait for.
PATIENCE = {True: 70, False: 2}


class Cluster(Protocol):
    """A cluster, as scenarios use it; its URLs have no driver, and name the same database."""

    @property
    def url(self) -> str:
        """All hosts, as the project's DATABASE_URL."""

    @property
    def one_host(self) -> str:
        """The one host that somebody writes who knows of no others: the one that takes writes at the beginning."""

    def survivor(self) -> str:
        """Wait until the cluster is whole enough, and return a URL for `clients.py` of what a new client would see."""


C = TypeVar("C", bound=Cluster)
A = TypeVar("A", bound=Cluster, contravariant=True)


class Fault(Protocol[A]):
    """Do it, and return once it is done; the workers go on when the cluster is whole again, and some seconds longer."""

    def __call__(self, cluster: A, /) -> None: ...


@dataclass(frozen=True)
class Expectation:
    """The expected result of a scenario: a promise is kept, or a negative control shows the fault."""

    sentence: str
    shows: Callable[[Outcome], bool]
    is_promise: bool

    def holds(self, outcome: Outcome) -> bool:
        """Return whether it came so; in any case each unit of work is done whole or not at all."""
        return outcome.atomic and self.shows(outcome)


KEPT = Expectation(
    "nothing lost, nothing twice, no error",
    lambda o: (o.lost, o.duplicated, o.errors, o.reported_as_errors, o.stuck, o.unfinished) == (0, 0, 0, 0, 0, 0),
    is_promise=True,
)
SURFACES_ERRORS = Expectation("errors reach the callers", lambda o: o.errors > 0, is_promise=False)
HANGS = Expectation("all workers hang", lambda o: o.stuck == WORKERS, is_promise=False)
DUPLICATES = Expectation("units of work are done twice", lambda o: o.duplicated > 0, is_promise=False)
LOSES = Expectation("acknowledged units of work are lost", lambda o: o.lost > 0, is_promise=False)


@dataclass(frozen=True)
class Scenario(Generic[C]):
    """One row of the table for each io."""

    # The fault, in the words of the table.
    name: str
    # The cluster with its settings, in the words of the table.
    engine: str
    # Start it in a folder.
    start: Callable[[Path], AbstractContextManager[C]]
    fault: Fault[C]
    # How the workers run their units of work; see programs/faults_sync.py.
    profile: str
    expected: Expectation
    # The option of the template that the cluster belongs to.
    database: str = "postgresql"
    ios: tuple[str, ...] = ("sync", "async")
    workers: int = WORKERS
    # Seconds that the workers get to come back, where they should: run_transaction waits up to 2 s between them.
    recovery: float = 3
    # Words before the command of the workers, to run them in another network.
    prefix: Callable[[C], list[str]] = lambda _: []


class Agreeing(Protocol):
    """A cluster that can compare its nodes."""

    def agree(self) -> None: ...


Comparable = TypeVar("Comparable", bound=Agreeing)


@contextmanager
def agreeing(start: Callable[[Path], AbstractContextManager[Comparable]], folder: Path) -> Iterator[Comparable]:
    """Start a cluster; in the end all nodes must have the same rows."""
    with start(folder) as cluster:
        yield cluster
        cluster.agree()


def run(
    scenario: Scenario[C], project: Path, io: str, folder: Path, seconds: float, *, is_short: bool = False
) -> Outcome:
    """Let workers of a project work for `seconds` before and after the fault, and compare.

    The project has the options of `scenario`, and this io. In the short form they work less once the cluster is whole
    again: that they all come back is left to see, and eight workers at full speed would slow the tests beside them.
    More workers are the fault itself, and do not rest.
    """
    with scenario.start(folder) as cluster:
        url = cluster.one_host if scenario.profile == "defaults" else cluster.url
        arguments = [scenario.profile, str(scenario.workers), url, cluster.survivor()]
        with working(project, f"faults_{io}", arguments, scenario.prefix(cluster), folder) as program:
            time.sleep(seconds)
            scenario.fault(cluster)
            cluster.survivor()
            if is_short and scenario.workers == WORKERS and program.stdin:
                program.stdin.write("calm\n")
                program.stdin.flush()
            if scenario.expected.is_promise:
                time.sleep(scenario.recovery)
            time.sleep(max(seconds, 4))  # long enough to see who is stuck
            patience = PATIENCE[scenario.expected.is_promise]
            printed, _ = program.communicate(f"{patience}\n", timeout=patience + 30)
        return compare(Report.read(printed), cluster.survivor())


def proved(scenario: Scenario[Any], io: str, outcome: Outcome) -> Outcome:
    """Return the outcome of a scenario; raise AssertionError unless it is the expected one."""
    print(f"{scenario.name}, {scenario.profile}, {io}: {outcome}")  # shown by pytest -rP
    assert scenario.expected.holds(outcome), f"not so: {scenario.expected.sentence}: {outcome}"
    return outcome


@contextmanager
def working(
    project: Path, name: str, arguments: list[str], prefix: list[str], folder: Path
) -> Iterator[subprocess.Popen[str]]:
    """Start one of `programs/` that works until it is told to stop; begin when its workers do."""
    log = folder / "workers.log"
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            [*prefix, sys.executable, str(PROGRAMS / f"{name}.py"), *arguments],
            cwd=project,
            env=environment_with(PYTHONPATH=str(project / "src"), PYTHONDONTWRITEBYTECODE="1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as program,
    ):
        try:
            if program.stdout is None or program.stdout.readline() != "working\n":
                raise RuntimeError(f"{name} does not work:\n{log.read_text('utf-8')[-3000:]}")
            yield program
        finally:
            program.kill()
