"""A file for the tests of a project: constraint violations, and what each driver tells of them."""
# mypy: disable-error-code="import-not-found,misc"

import pytest
from my_project.db.keys import Key, KeyMixin
from my_project.db.session import SessionFactory, transaction
from my_project.models import Base, Company, Employee
from my_project.web.errors import violation_of
from sqlalchemy import CheckConstraint, ForeignKey, delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column
from tests.db.samples import Sample, SampleBase


class Part(KeyMixin, SampleBase):
    """A row that refers to others, with constraints of each kind."""

    __tablename__ = "parts"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    sample_id: Mapped[Key] = mapped_column(ForeignKey("samples.id"))
    owner_id: Mapped[Key | None] = mapped_column(ForeignKey("samples.id", ondelete="RESTRICT"), default=None)
    size: Mapped[int] = mapped_column(default=1)


@pytest.fixture
async def stored(sessions: SessionFactory) -> tuple[Key, Key]:
    """The keys of a row that others refer to, and of one that is gone."""
    async with transaction(sessions) as session:
        kept, owner, gone = (Sample(name=name) for name in ("kept", "owner", "gone"))
        session.add_all([kept, owner, gone, Company(name="Acme")])
        await session.flush()
        session.add(Part(sample_id=kept.id, owner_id=owner.id))
        await session.delete(gone)
    return kept.id, gone.id


async def violation(
    sessions: SessionFactory, *, add: Base | None = None, remove: str = ""
) -> tuple[str, list[str]] | None:
    """Return what a unit of work that the database refuses has violated."""
    with pytest.raises(DBAPIError) as error:  # noqa: PT012 - either of two ways
        async with transaction(sessions) as session:
            if add is not None:
                session.add(add)
            else:
                await session.execute(delete(Sample).where(Sample.name == remove))
    assert error.value.orig is not None
    found: tuple[str, list[str]] | None = violation_of(error.value.orig)
    return found


async def test_a_value_that_is_taken_is_a_duplicate(sessions: SessionFactory, stored: tuple[Key, Key]) -> None:
    found = await violation(sessions, add=Sample(name="kept"))

    assert found == ("duplicate", [])  # the application has no such model


async def test_a_row_that_refers_to_none_violates_the_reference(
    sessions: SessionFactory, stored: tuple[Key, Key]
) -> None:
    _, gone = stored

    found = await violation(sessions, add=Part(sample_id=gone))

    assert found == ("reference", [])


async def test_only_postgresql_tells_the_columns(
    sessions: SessionFactory, stored: tuple[Key, Key], engine: AsyncEngine
) -> None:
    is_told = engine.dialect.name == "postgresql"
    _, gone = stored

    duplicate = await violation(sessions, add=Company(name="Acme"))
    reference = await violation(sessions, add=Employee(company_id=gone, name="Ada", email="ada@example.com"))

    assert duplicate == ("duplicate", ["name"] if is_told else [])
    assert reference == ("reference", ["company_id"] if is_told else [])


@pytest.mark.parametrize("name", ["kept", "owner"])
async def test_a_row_that_others_refer_to_stays(sessions: SessionFactory, stored: tuple[Key, Key], name: str) -> None:
    found = await violation(sessions, remove=name)

    assert found == ("reference", [])


async def test_values_that_no_caller_sends_violate_nothing_of_theirs(
    sessions: SessionFactory, stored: tuple[Key, Key]
) -> None:
    kept, _ = stored

    assert await violation(sessions, add=Part(sample_id=kept, size=0)) is None
    assert await violation(sessions, add=Sample(name=None)) is None
