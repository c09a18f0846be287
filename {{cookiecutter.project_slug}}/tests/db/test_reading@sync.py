"""Reading: one row is one object, what it does not notice, and how many rows one expects."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.db.samples import Sample


@pytest.fixture
def sample(session: Session) -> Sample:
    """A row, and the object that the session has for it."""
    sample = Sample(name="one")
    session.add(sample)
    session.flush()
    return sample


def test_a_row_is_one_object_which_an_update_statement_reaches(session: Session, sample: Sample) -> None:
    found = session.scalars(select(Sample)).one()
    session.execute(update(Sample).values(name="two"))

    assert found is sample
    assert sample.name == "two"


def test_sql_as_text_reaches_an_object_only_when_populated(session: Session, sample: Sample) -> None:
    session.execute(text("UPDATE samples SET name = 'two'"))

    assert session.scalars(select(Sample)).one().name == "one"
    populated = select(Sample).execution_options(populate_existing=True)
    assert session.scalars(populated).one().name == "two"


def test_one_says_when_there_are_more_rows_and_first_does_not(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add_all([Sample(name="one"), Sample(name="two")])

    with sessions() as session:
        assert session.scalars(select(Sample.name).order_by(Sample.name)).first() == "one"
        with pytest.raises(MultipleResultsFound):
            session.scalars(select(Sample.name)).one()
