"""A process that writes to a file of SQLite may be killed at any moment: what it acknowledged is there, and is whole.

The writer of these tests is killed -9 hundreds of times, each time at a random moment: two of three times
after its first acknowledgement, and else after its start.
`KILLS=5000 uv run pytest tests/test_killed_writers.py -rP` kills more often, and shows the figures.
"""

import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import inside
from .clients import rows
from .conftest import Bake, NewDatabase

KILLS = int(os.environ.get("KILLS", "250"))
# So often a negative control is tried, until it shows what it has to: on a busy machine few kills hit.
AT_MOST = 8

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no process can be killed -9, nor forked, here")


@dataclass(frozen=True)
class Outcome:
    """The state after the last writer was killed."""

    kills: int
    acknowledged: int
    lost: int = 0  # acknowledged, and not there
    half: int = 0  # units of which one table has more than the other
    integrity: str = "ok"


def killed(project: Path, io: str, url: str, way: str, kills: int) -> Outcome:
    """Kill so many writers, and compare what they acknowledged with what is in the file; see programs/killing.py."""
    reported = json.loads(inside.program(project, f"killed_{io}", url, kills, way))
    acknowledged = set(reported["acknowledged"])
    try:
        stored = {operation for (operation,) in rows(url, "SELECT operation FROM entries NOT INDEXED")}
        ((units,),) = rows(url, "SELECT units FROM summaries")
        ((integrity,), *_) = rows(url, "PRAGMA integrity_check")
    except sqlite3.DatabaseError as error:
        outcome = Outcome(reported["killed"], len(acknowledged), integrity=str(error))
    else:
        lost, half = len(acknowledged - stored), abs(units - len(stored))
        outcome = Outcome(reported["killed"], len(acknowledged), lost, half, integrity)
    print(f"{io}, {way}: {outcome}")  # shown by pytest -rP
    return outcome


@pytest.mark.parametrize("io", ["sync", "async"])
def test_sqlite_keeps_every_acknowledged_unit_of_killed_writers(bake: Bake, new_database: NewDatabase, io: str) -> None:
    outcome = killed(bake(io=io, database="sqlite"), io, new_database("sqlite"), "shipped", KILLS)

    assert outcome == Outcome(kills=KILLS, acknowledged=outcome.acknowledged)
    assert outcome.acknowledged > KILLS, "the writers were killed before they had written"


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_kill_falls_between_an_early_acknowledgement_and_its_commit(
    bake: Bake, new_database: NewDatabase, io: str
) -> None:
    project, way = bake(io=io, database="sqlite"), "acknowledged before the commit"

    outcomes = (killed(project, io, new_database("sqlite"), way, 50) for _ in range(AT_MOST))

    assert any(outcome.lost for outcome in outcomes), "no kill fell into a commit, so the test above proves nothing"


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_journal_in_memory_does_not_outlive_its_writer(bake: Bake, new_database: NewDatabase, io: str) -> None:
    project = bake(io=io, database="sqlite")

    outcomes = (killed(project, io, new_database("sqlite"), "journal in memory", 50) for _ in range(AT_MOST))

    assert any(outcome.half or outcome.integrity != "ok" for outcome in outcomes), (
        "no kill left half of a unit, so the first test proves nothing"
    )
