"""Tests of the constructor, the equality and the order of columns that Base gives models."""

import pytest

from tests.db.samples import Counter, Sample


def test_fields_are_given_by_name_and_instances_are_equal_only_to_themselves() -> None:
    one, other = Sample(document={}, name="same"), Sample(name="same")

    assert one != other
    assert len({one, other, one}) == 2
    with pytest.raises(TypeError):
        Sample("by position")  # type: ignore[call-arg]


def test_the_key_comes_first_and_the_columns_of_mixins_come_last() -> None:
    assert Counter.__table__.columns.keys() == ["id", "value", "version_id"]
    assert Sample.__table__.columns.keys()[-2:] == ["created_at", "updated_at"]
