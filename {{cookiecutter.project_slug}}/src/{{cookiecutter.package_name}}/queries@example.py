"""Queries; code with a session runs them: `session.scalars(employees_of(company.id))`."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, raiseload

from .db.keys import Key
from .models import Company, Employee


def company_named(name: str) -> Select[Company]:
    """Return the query for one company by name, with its employees."""
    return select(Company).where(Company.name == name)


def companies() -> Select[Company]:
    """Return the query for all companies, sorted by name; reading their employees is an error."""
    return select(Company).options(raiseload(Company.employees, sql_only=True)).order_by(Company.name)


def employees_of(company_id: Key) -> Select[Employee]:
    """Return the query for the employees of a company, sorted by name, each with the company."""
    return (
        select(Employee)
        .where(Employee.company_id == company_id)
        # many-to-one: a JOIN brings it in the same statement
        .options(joinedload(Employee.company, innerjoin=True).raiseload(Company.employees, sql_only=True))
        .order_by(Employee.name)
    )


def headcounts() -> Select[str, int]:
    """Return the query for the name of each company and the number of its employees, sorted by name."""
    return (
        select(Company.name, func.count(Employee.id))
        .outerjoin(Company.employees)
        .group_by(Company.id, Company.name)
        .order_by(Company.name)
    )
