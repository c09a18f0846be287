"""Reading: one row is one object, what it does not notice, and how many rows one expects."""

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction

from tests.probes import Probe


@pytest.fixture
def probe(session: Session) -> Probe:
    """A row, and the object that the session has for it."""
    probe = Probe(name="one")
    session.add(probe)
    session.flush()
    return probe


def test_a_row_is_one_object_which_an_update_statement_reaches(session: Session, probe: Probe) -> None:
    found = session.scalars(select(Probe)).one()
    session.execute(update(Probe).values(name="two"))

    assert found is probe
    assert probe.name == "two"


def test_sql_as_text_reaches_an_object_only_when_populated(session: Session, probe: Probe) -> None:
    session.execute(text("UPDATE probes SET name = 'two'"))

    assert session.scalars(select(Probe)).one().name == "one"
    populated = select(Probe).execution_options(populate_existing=True)
    assert session.scalars(populated).one().name == "two"


def test_one_says_when_there_are_more_rows_and_first_does_not(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add_all([Probe(name="one"), Probe(name="two")])

    with sessions() as session:
        assert session.scalars(select(Probe.name).order_by(Probe.name)).first() == "one"
        with pytest.raises(MultipleResultsFound):
            session.scalars(select(Probe.name)).one()
