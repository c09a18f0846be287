"""Many tests of the usual kind: a unit of work, and a look at what it did."""
# mypy: disable-error-code="import-not-found"

import os

import pytest
from my_project.db.session import SessionFactory, transaction
from my_project.models import Company, Employee
from sqlalchemy import select


@pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))
def test_a_company_comes_with_its_employees(sessions: SessionFactory, number: int) -> None:
    with transaction(sessions) as session:
        company = Company(name="Acme")
        session.add(company)
        session.flush()
        session.add_all(
            Employee(company_id=company.id, name=name, email=f"{name}@example.com") for name in ("Ada", "Bob")
        )

    with sessions() as session:
        found = session.scalars(select(Company)).one()  # of other tests there are none
        assert [employee.name for employee in found.employees] == ["Ada", "Bob"]
