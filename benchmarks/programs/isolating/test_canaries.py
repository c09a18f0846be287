"""Tests that show which guarantees a way to isolate tests keeps."""
# mypy: disable-error-code="import-not-found"

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from my_project.models import Company
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError


def add(sessions: SessionFactory, name: str) -> Company:
    with transaction(sessions) as session:
        session.add(company := Company(name=name))
    return company


def names(sessions: SessionFactory) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Company.name).order_by(Company.name)))


@pytest.mark.parametrize("run", [1, 2])
def test_wrong_nothing_is_left_of_another_test(sessions: SessionFactory, run: int) -> None:
    assert names(sessions) == []
    add(sessions, "Acme")


def test_wrong_what_is_committed_is_there(sessions: SessionFactory) -> None:
    add(sessions, "Acme")
    assert names(sessions) == ["Acme"]


def test_wrong_only_the_unit_that_failed_is_undone(sessions: SessionFactory) -> None:
    add(sessions, "Acme")
    with pytest.raises(IntegrityError):
        add(sessions, "Acme")
    add(sessions, "Birch")
    assert names(sessions) == ["Acme", "Birch"]


def test_wrong_a_unit_that_raises_is_undone(sessions: SessionFactory) -> None:
    with pytest.raises(ZeroDivisionError), transaction(sessions) as session:  # noqa: PT012
        session.add(Company(name="Acme"))
        session.flush()
        raise ZeroDivisionError
    assert names(sessions) == []


@pytest.mark.parametrize("run", [1, 2])
def test_keys_begin_with_1(sessions: SessionFactory, run: int) -> None:
    assert add(sessions, "Acme").id == 1


def test_seen_by_another_connection(sessions: SessionFactory, engine: Engine) -> None:
    add(sessions, "Acme")
    other = make_engine(engine.url, read_only=True)
    assert names(make_sessions(other)) == ["Acme"]
    other.dispose()
