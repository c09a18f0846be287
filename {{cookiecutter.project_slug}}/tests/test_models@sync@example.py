"""Tests of companies and employees: loading, deleting, and counts of statements."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction
from {{ cookiecutter.package_name }}.models import Company, Employee
from {{ cookiecutter.package_name }}.queries import (
    companies,
    company_named,
    employees_of,
    headcounts,
)

from tests.factories import Factory

factory = Factory()


@pytest.fixture
def company(sessions: SessionFactory) -> Company:
    """Return a company with two employees."""
    with transaction(sessions) as session:
        company = Company(**factory.company(name="Acme"))
        session.add(company)
        session.flush()  # an integer key is known after it
        session.add_all(Employee(**factory.employee(company_id=company.id, name=name)) for name in ("Ada", "Bob"))
    return company


def test_a_company_comes_with_its_employees_in_two_statements(
    session: Session, company: Company, statements: list[str]
) -> None:
    found = session.scalars(company_named("Acme")).one()

    assert [employee.name for employee in found.employees] == ["Ada", "Bob"]
    assert len(statements) == 2


def test_an_employee_comes_with_the_company_in_one_statement(
    session: Session, company: Company, statements: list[str]
) -> None:
    found = session.scalars(employees_of(company.id)).all()

    assert [(employee.name, employee.company.name) for employee in found] == [("Ada", "Acme"), ("Bob", "Acme")]
    assert len(statements) == 1


def test_lazy_loading_is_an_error(session: Session, company: Company) -> None:
    employee = session.scalars(select(Employee).where(Employee.name == "Ada")).one()
    with pytest.raises(InvalidRequestError, match="raise_on_sql"):
        assert employee.company.name

    acme = session.scalars(companies()).one()
    with pytest.raises(InvalidRequestError, match="raise_on_sql"):
        assert acme.employees
    assert employee.company is acme  # the session has it now: no statement is needed


def test_both_sides_of_the_relationship_agree_before_the_flush() -> None:
    company = Company(**factory.company())
    employee = Employee(**factory.employee(company_id=company.id))

    company.employees.append(employee)

    assert employee.company is company


def test_removing_an_employee_from_the_list_or_the_company_deletes_the_employee(
    sessions: SessionFactory, company: Company
) -> None:
    with transaction(sessions) as session:
        found = session.scalars(company_named("Acme")).one()
        found.employees.pop(0)
        session.flush()
        assert session.execute(headcounts()).all() == [("Acme", 1)]
        session.delete(found)

    with sessions() as session:
        assert session.scalars(select(Employee)).all() == []


def test_an_employee_of_no_company_is_refused(session: Session, company: Company) -> None:
    session.execute(delete(Company))
    session.add(Employee(**factory.employee(company_id=company.id)))

    with pytest.raises(IntegrityError):
        session.flush()
