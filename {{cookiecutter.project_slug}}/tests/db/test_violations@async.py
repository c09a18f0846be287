"""Constraint violations: what each driver tells of them."""

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.errors import Violation
from {{ cookiecutter.package_name }}.db.keys import Key
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Part, Sample, SampleBase


@pytest.fixture
async def stored(sessions: SessionFactory) -> tuple[Key, Key]:
    """The keys of a row that others refer to, and of one that is gone."""
    async with transaction(sessions) as session:
        kept, owner, gone = (Sample(name=name) for name in ("kept", "owner", "gone"))
        session.add_all([kept, owner, gone])
        await session.flush()
        session.add(Part(sample_id=kept.id, owner_id=owner.id))
        await session.delete(gone)
    return kept.id, gone.id


async def violation(
    sessions: SessionFactory, *, add: Sample | Part | None = None, remove: str = ""
) -> Violation | None:
    """Return what a unit of work that the database refuses has violated."""
    with pytest.raises(DBAPIError) as error:
        async with transaction(sessions) as session:
            if add is not None:
                session.add(add)
            else:
                await session.execute(delete(Sample).where(Sample.name == remove))
    assert error.value.orig is not None
    return dialect.violation_of(error.value.orig)


async def test_a_value_that_is_taken_is_a_duplicate(sessions: SessionFactory, stored: tuple[Key, Key]) -> None:
    found = await violation(sessions, add=Sample(name="kept"))

    assert found in (Violation("duplicate"), Violation("duplicate", "uq_samples_name"))
    assert found.columns(SampleBase.metadata) == (["name"] if found.constraint else [])


async def test_a_row_that_refers_to_none_violates_the_reference(
    sessions: SessionFactory, stored: tuple[Key, Key]
) -> None:
    _, gone = stored

    found = await violation(sessions, add=Part(sample_id=gone))

    assert found in (Violation("reference"), Violation("reference", "fk_parts_sample_id_samples"))
    assert found.columns(SampleBase.metadata) == (["sample_id"] if found.constraint else [])


@pytest.mark.parametrize("name", ["kept", "owner"])
async def test_a_row_that_others_refer_to_stays(sessions: SessionFactory, stored: tuple[Key, Key], name: str) -> None:
    found = await violation(sessions, remove=name)

    assert found is not None
    assert found.kind == "reference"


async def test_values_that_no_caller_sends_violate_nothing_of_theirs(
    sessions: SessionFactory, stored: tuple[Key, Key]
) -> None:
    kept, _ = stored

    assert await violation(sessions, add=Part(sample_id=kept, size=0)) is None
    assert await violation(sessions, add=Sample(name=None)) is None  # type: ignore[arg-type]
