"""A file for the tests of a project with UUIDs as keys: known before the row is written, and in order."""
# mypy: disable-error-code="import-not-found"

import time
from functools import reduce
from itertools import count
from operator import and_, or_

import pytest
from my_project.db.keys import uuid7
from tests.db.samples import Counter


def test_a_key_is_known_before_the_row_is_written() -> None:
    assert Counter().id != Counter().id


def test_keys_are_uuids_of_version_7() -> None:
    key = uuid7()

    assert key.version == 7
    assert key.variant == "specified in RFC 4122"


def test_a_key_begins_with_the_time_in_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    milliseconds = uuid7().int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= milliseconds <= after + 1


def test_every_key_is_greater_than_the_one_before() -> None:
    keys = [uuid7() for _ in range(10_000)]

    assert keys == sorted(set(keys))


def test_a_key_is_random_where_it_is_not_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # a new millisecond for each key: within one, the counter goes on
    milliseconds = count(uuid7().int >> 80)
    monkeypatch.setattr("time.time_ns", lambda: next(milliseconds) * 1_000_000)
    keys = [uuid7().int & (1 << 80) - 1 for _ in range(200)]

    # 4 bits are the version, 2 the variant, and the counter begins with an unset one, as room to count
    room, version, variant = 1 << 75, 0x7 << 76, 0b10 << 62
    assert reduce(or_, keys) == (1 << 80) - 1 & ~room & ~(0x8 << 76) & ~(0b01 << 62)
    assert reduce(and_, keys) == version | variant
