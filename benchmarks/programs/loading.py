"""Reading lists of children: one more query for all of them, a join, or a query for each parent (N + 1)."""
# mypy: disable-error-code="import-not-found"

import sys
from functools import partial

from my_project.db.session import make_engine, make_sessions, transaction
from my_project.db.statements import recorded
from my_project.models import Base, Company, Employee
from side_by_side import compare
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload, selectinload
from sqlalchemy.sql.base import ExecutableOption

COMPANIES, EMPLOYEES = 300, 5

engine = make_engine(sys.argv[1])
sessions = make_sessions(engine)
Base.metadata.create_all(engine)
with transaction(sessions) as session:
    companies = [Company(name=f"company {number}") for number in range(COMPANIES)]
    session.add_all(companies)
    session.add_all(
        Employee(company_id=company.id, name="someone", email=f"{number}@{company.name}")
        for company in companies
        for number in range(EMPLOYEES)
    )


def read(option: ExecutableOption) -> str:
    """Read all employees of all companies."""
    with recorded(engine) as statements, sessions() as session:
        found = session.scalars(select(Company).options(option)).unique().all()
        employees = sum(len(company.employees) for company in found)
    return f"{employees} employees by {len(statements)} statements"


compare(
    f"{COMPANIES} companies with {EMPLOYEES} employees each",
    {
        "selectin, as in the example": partial(read, selectinload(Company.employees)),
        "joined": partial(read, joinedload(Company.employees)),
        "lazy, SQLAlchemy's default": partial(read, lazyload(Company.employees)),
    },
)
engine.dispose()
