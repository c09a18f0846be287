"""Run all scenarios, in projects of both io, and write docs/faults.md: `python -m tests.faults [--file FILE] [WORD…]`.

With words only the scenarios run whose names have one of them, and nothing is written. FILE keeps what each run gave,
so the command goes on where it stopped.
"""

import json
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import servers
from ..projects import new_project
from . import galera_scenarios, group_scenarios, postgresql_scenarios
from .outcome import Outcome
from .report import PAGE, Row, page
from .scenario import run

SCENARIOS = [*postgresql_scenarios.SCENARIOS, *galera_scenarios.SCENARIOS, *group_scenarios.SCENARIOS]
# Before and after each fault.
SECONDS = 5.0
# So many acknowledged units of work are the least that a page is written about.
ENOUGH = 100_000


def project_maker(folder: Path) -> Callable[[str, str], Path]:
    """Return a function that returns the project for a database and an io, each rendered once."""

    def project(database: str, io: str) -> Path:
        own = folder / f"{database}-{io}"
        if not own.exists():
            own.mkdir()
            new_project(own, database=database, io=io, topology="cluster")
        return own / "my-project"

    return project


def kept_in(file: Path | None) -> dict[tuple[str, ...], tuple[Outcome, float]]:
    """Return what a file keeps by cluster, scenario, profile and io: the outcomes, and the minutes that they took."""
    lines = file.read_text("utf-8").splitlines() if file and file.exists() else []
    return {tuple(each["run"]): (Outcome(**each["outcome"]), each["minutes"]) for each in map(json.loads, lines)}


def main(words: list[str], file: Path | None) -> int:
    """Run, print each row when it is there, and return 1 if something is not as it must be."""
    chosen = [scenario for scenario in SCENARIOS if not words or any(word in scenario.name for word in words)]
    kept, rows, total = kept_in(file), [], 0.0
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        project = project_maker(Path(name))
        for scenario, io in [(one, io) for one in chosen for io in one.ios]:
            key = (scenario.engine, scenario.name, scenario.profile, io)
            begin = time.monotonic()
            if key in kept:
                outcome, minutes = kept[key]
            else:
                with TemporaryDirectory(dir=name, ignore_cleanup_errors=True) as own:
                    outcome = run(scenario, project(scenario.database, io), io, Path(own), SECONDS)
                minutes = (time.monotonic() - begin) / 60
                if file:
                    with file.open("a", encoding="utf-8") as lines:
                        lines.write(json.dumps({"run": key, "outcome": asdict(outcome), "minutes": minutes}) + "\n")
            total += minutes
            rows.append(row := Row(scenario, io, outcome))
            print(f"{total:4.1f} min {row}", flush=True)
            if not row.is_as_expected:
                print(f"NOT SO: {scenario.expected.sentence}: {outcome}", flush=True)
    ours = [row.outcome.acknowledged for row in rows if row.scenario.expected.is_promise]
    print(f"{sum(ours):,} acknowledged in {len(ours)} runs of ours")
    if not words:
        PAGE.write_text(page(rows, SECONDS, total), "utf-8")
        if sum(ours) < ENOUGH:
            print(f"fewer than {ENOUGH:,}")
            return 1
    return 0 if all(row.is_as_expected for row in rows) else 1


if __name__ == "__main__":
    # whoever ends the run with `kill` leaves no servers behind either
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = ArgumentParser()
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--file", type=Path)
    given = parser.parse_args()
    try:
        sys.exit(main(given.words, given.file))
    except servers.UnavailableError as reason:
        sys.exit(f"there is {reason}")
