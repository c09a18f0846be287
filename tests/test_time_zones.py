"""Instants stay what they are, although the server, the session and the host are in three different zones."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from . import inside
from .clients import rows
from .conftest import Bake, NewDatabase

# Local time, zone and fold (the second time that a clock shows it), and the same instant in UTC.
MOMENTS = [
    ("2026-03-04T12:00:00.123456", "Asia/Tokyo", 0, "2026-03-04T03:00:00.123456"),
    ("2026-03-04T12:00:00.000001", "UTC", 0, "2026-03-04T12:00:00.000001"),
    # the night in which New York has half past one twice
    ("2026-11-01T01:30:00", "America/New_York", 0, "2026-11-01T05:30:00"),
    ("2026-11-01T01:30:00", "America/New_York", 1, "2026-11-01T06:30:00"),
    # the night in which Berlin has no half past two
    ("2026-03-29T02:30:00", "Europe/Berlin", 0, "2026-03-29T01:30:00"),
    # a quarter of an hour, and beyond 2038, where TIMESTAMP ends on MySQL
    ("2040-02-29T23:59:59.999999", "Asia/Kathmandu", 0, "2040-02-29T18:14:59.999999"),
    ("1900-01-01T00:00:00", "America/New_York", 0, "1900-01-01T05:00:00"),
    ("1969-12-31T23:59:59.500000", "UTC", 0, "1969-12-31T23:59:59.500000"),
]
HOST_ZONE = "America/New_York"
# The servers themselves are in Tokyo; see servers.py. SQLite has neither server nor session.
SESSION_ZONES = {"sqlite": "", "postgresql": "SET TIME ZONE 'Asia/Kolkata'", "mysql": "SET time_zone = '+05:30'"}
# The clocks of database and test are one machine's; a zone too many or too few is half an hour at least.
ABOUT_NOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Lab:
    """A project of some options, a database of its own, and what programs/moments.py reported of them."""

    database: str
    url: str
    report: dict[str, Any]

    @property
    def python_clock(self) -> datetime:
        """Return what Python's clock said meanwhile."""
        return datetime.fromisoformat(self.report["python's clock"])


@pytest.fixture(scope="module", params=["sync", "async"])
def io(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "postgresql-of-debian", "mysql"])
def lab(request: pytest.FixtureRequest, io: str, bake: Bake, new_database: NewDatabase) -> Lab:
    database = request.param.removesuffix("-of-debian")
    url = new_database(request.param)
    moments = json.dumps([moment[:3] for moment in MOMENTS])
    project = bake(io=io, database=database)
    printed = inside.program(project, "moments", url, SESSION_ZONES[database], moments, TZ=HOST_ZONE)
    return Lab(database, url, json.loads(printed))


# How to see the stored value, to a client that knows nothing of the project.
STORED = {
    "sqlite": "SELECT replace(at, ' ', 'T') FROM moments ORDER BY id",
    "postgresql": "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM moments ORDER BY id",
    "mysql": "SELECT DATE_FORMAT(at, '%Y-%m-%dT%H:%i:%s.%f') FROM moments ORDER BY id",
}


def test_a_stored_time_comes_back_as_the_same_instant_in_utc(lab: Lab) -> None:
    expected = [datetime.fromisoformat(utc).replace(tzinfo=UTC).isoformat() for *_, utc in MOMENTS]

    assert lab.report["read"] == [[instant, "UTC"] for instant in expected]


def test_a_row_is_found_by_its_instant_in_any_zone(lab: Lab) -> None:
    assert lab.report["found"] == [1] * len(MOMENTS)


def test_the_database_itself_holds_utc(lab: Lab) -> None:
    stored = [datetime.fromisoformat(text) for (text,) in rows(lab.url, STORED[lab.database])]

    assert stored[: len(MOMENTS)] == [datetime.fromisoformat(utc) for *_, utc in MOMENTS]


@pytest.mark.parametrize("column", ["created_at", "updated_at"])
def test_server_time_is_in_utc(lab: Lab, column: str) -> None:
    by_database = datetime.fromisoformat(lab.report[column])

    assert by_database.utcoffset() == timedelta(0)
    assert abs(lab.python_clock - by_database) < ABOUT_NOW


def test_a_change_moves_updated_at_alone(lab: Lab) -> None:
    assert lab.report["updated_at"] > lab.report["created_at"]


def test_a_naive_datetime_is_refused_with_what_to_write_instead(lab: Lab) -> None:
    assert lab.report["refused"].startswith("naive datetime datetime.datetime(2026, 1, 1, 0, 0): give it a time zone")


def test_sqlalchemys_own_type_moves_instants_where_databases_have_no_zones(lab: Lab) -> None:
    """The other side of the promise: what a TIMESTAMP(timezone=True) makes of noon in Tokyo."""
    plain = datetime.fromisoformat(lab.report["plain"])
    instant = datetime.fromisoformat(MOMENTS[0][3]).replace(tzinfo=UTC)

    if lab.database == "postgresql":
        assert plain == instant
    else:
        assert plain.tzinfo is None
        assert abs(plain.replace(tzinfo=UTC) - instant) >= timedelta(hours=8)


def test_server_session_and_host_are_in_different_zones(lab: Lab) -> None:
    """Otherwise nothing of the above is proven."""
    assert lab.report["host's zone"] == "EST"
    if lab.database == "postgresql":
        assert rows(lab.url, "SHOW timezone") == [("Asia/Tokyo",)]
        assert lab.report["func.now()"].endswith("+05:30")
    elif lab.database == "mysql":
        session_ahead = datetime.fromisoformat(lab.report["func.now()"]).replace(tzinfo=UTC) - lab.python_clock
        assert rows(lab.url, "SELECT @@global.time_zone") == [("+09:00",)]
        assert abs(session_ahead - timedelta(hours=5, minutes=30)) < ABOUT_NOW
