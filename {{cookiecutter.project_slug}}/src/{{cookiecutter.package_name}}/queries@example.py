"""Statements as values: whoever has the session runs them, as in `session.scalars(employees_of(company.id))`."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, raiseload

from .db.keys import Key
from .models import Company, Employee


def company_named(name: str) -> Select[Company]:
    """One company or none, with its employees."""
    return select(Company).where(Company.name == name)


def companies() -> Select[Company]:
    """All companies by name, without their employees: reading them is an error."""
    return select(Company).options(raiseload(Company.employees, sql_only=True)).order_by(Company.name)


def company_with(key: Key) -> Select[Company]:
    """One company or none, without its employees."""
    return companies().where(Company.id == key)


def employees_of(company_id: Key) -> Select[Employee]:
    """The employees of a company by name, each with the company."""
    return (
        select(Employee)
        .where(Employee.company_id == company_id)
        # many-to-one: a JOIN brings it in the same statement
        .options(joinedload(Employee.company, innerjoin=True).raiseload(Company.employees, sql_only=True))
        .order_by(Employee.name)
    )


def headcounts() -> Select[str, int]:
    """The name of each company and how many work there, by name."""
    return (
        select(Company.name, func.count(Employee.id))
        .outerjoin(Company.employees)
        .group_by(Company.id, Company.name)
        .order_by(Company.name)
    )
