"""Tests of companies and employees: loading, deleting, and counts of statements."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession

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
async def company(sessions: SessionFactory) -> Company:
    """Return a company with two employees."""
    async with transaction(sessions) as session:
        company = Company(**factory.company(name="Acme"))
        session.add(company)
        await session.flush()  # an integer key is known after it
        session.add_all(Employee(**factory.employee(company_id=company.id, name=name)) for name in ("Ada", "Bob"))
    return company


async def test_a_company_comes_with_its_employees_in_two_statements(
    session: AsyncSession, company: Company, statements: list[str]
) -> None:
    found = (await session.scalars(company_named("Acme"))).one()

    assert [employee.name for employee in found.employees] == ["Ada", "Bob"]
    assert len(statements) == 2


async def test_an_employee_comes_with_the_company_in_one_statement(
    session: AsyncSession, company: Company, statements: list[str]
) -> None:
    found = (await session.scalars(employees_of(company.id))).all()

    assert [(employee.name, employee.company.name) for employee in found] == [("Ada", "Acme"), ("Bob", "Acme")]
    assert len(statements) == 1


async def test_lazy_loading_is_an_error(session: AsyncSession, company: Company) -> None:
    employee = (await session.scalars(select(Employee).where(Employee.name == "Ada"))).one()
    with pytest.raises(InvalidRequestError, match="raise_on_sql"):
        assert employee.company.name

    acme = (await session.scalars(companies())).one()
    with pytest.raises(InvalidRequestError, match="raise_on_sql"):
        assert acme.employees
    assert employee.company is acme  # the session has it now: no statement is needed


def test_both_sides_of_the_relationship_agree_before_the_flush() -> None:
    company = Company(**factory.company())
    employee = Employee(**factory.employee(company_id=company.id))

    company.employees.append(employee)

    assert employee.company is company


async def test_removing_an_employee_from_the_list_or_the_company_deletes_the_employee(
    sessions: SessionFactory, company: Company
) -> None:
    async with transaction(sessions) as session:
        found = (await session.scalars(company_named("Acme"))).one()
        found.employees.pop(0)
        await session.flush()
        assert (await session.execute(headcounts())).all() == [("Acme", 1)]
        await session.delete(found)

    async with sessions() as session:
        assert (await session.scalars(select(Employee))).all() == []


async def test_an_employee_of_no_company_is_refused(session: AsyncSession, company: Company) -> None:
    await session.execute(delete(Company))
    session.add(Employee(**factory.employee(company_id=company.id)))

    with pytest.raises(IntegrityError):
        await session.flush()
