"""Reading companies of ten employees each, and employees with their company, in the ways that SQLAlchemy has.

Each way reads everything and looks at each name. The ways are the `lazy` of the example models, loader options in its
place, and two queries whose rows Python puts together, which is what `raise_on_sql` leads to. Rows are those that the
driver returns. Memory is the peak of Python's own, measured in a call that is not timed.
"""
# mypy: disable-error-code="import-not-found"

import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from memory import peak
from my_project.db.session import make_engine, make_sessions, transaction
from my_project.models import Base, Company, Employee
from side_by_side import Measures, Way, compare, pick
from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import (
    Session,
    joinedload,
    lazyload,
    raiseload,
    selectinload,
    subqueryload,
)
from sqlalchemy.sql.base import ExecutableOption

EACH = 10  # employees of a company
Read = Callable[[Session], int]  # returns how many employees it saw

engine = make_engine(sys.argv[1])
sessions = make_sessions(engine)
Base.metadata.create_all(engine)
DATABASE = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(engine.dialect.name, "MariaDB")


def fill(employees: int) -> None:
    """Let there be so many employees."""
    with transaction(sessions) as session:
        session.execute(delete(Employee))
        session.execute(delete(Company))
        names = [{"name": f"company {number}"} for number in range(employees // EACH)]
        companies = session.scalars(insert(Company).returning(Company.id), names).all()
        session.execute(
            insert(Employee),
            [
                {"company_id": company, "name": "someone", "email": f"{number}@{company}.example.com"}
                for company in companies
                for number in range(EACH)
            ],
        )


def companies(session: Session, *options: ExecutableOption) -> int:
    """Read all companies, each with its employees."""
    found = session.scalars(select(Company).options(*options)).unique().all()
    return sum(employee.name != company.name for company in found for employee in company.employees)


def companies_and_employees(session: Session) -> int:
    """Read the companies without their employees, and then the employees."""
    found = session.scalars(select(Company).options(raiseload(Company.employees, sql_only=True))).all()
    lists = defaultdict(list)
    for employee in session.scalars(select(Employee).order_by(Employee.id)):
        lists[employee.company_id].append(employee)
    return sum(employee.name != company.name for company in found for employee in lists[company.id])


def employees(session: Session, *options: ExecutableOption) -> int:
    """Read all employees, each with the company."""
    found = session.scalars(select(Employee).options(*options)).all()
    return sum(employee.name != employee.company.name for employee in found)


def employees_after_companies(session: Session) -> int:
    """Read the companies, without their employees, which the session then has when the employees come."""
    kept = session.scalars(select(Company).options(raiseload(Company.employees, sql_only=True))).all()
    return employees(session) if kept else 0


def once(read: Read) -> int:
    """Read in a session of its own."""
    with sessions() as session:
        return read(session)


def counted(read: Read) -> Measures:
    """Return the statements, the rows and the memory of one reading."""
    counts = {"statements": 0, "rows": 0}

    def count_row(_cursor: Any, row: Any) -> Any:
        counts["rows"] += 1
        return row

    def before(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        counts["statements"] += statement.startswith("SELECT")
        if DATABASE == "SQLite":  # whose driver does not say how many rows there are
            cursor.row_factory = count_row

    def after(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if DATABASE != "SQLite" and statement.startswith("SELECT"):
            counts["rows"] += cursor.rowcount

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        return {"MB": peak(lambda: once(read)), **counts}
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def way(read: Read, count: int) -> Way:
    """Return the way that reads so many employees, and what it costs besides time."""
    found = counted(read)

    def run() -> Measures:
        assert once(read) == count
        return found

    return run


def with_options(read: Callable[..., int], *options: ExecutableOption) -> Read:
    """Return a way to read with loader options."""
    return lambda session: read(session, *options)


GRAPHS: dict[str, dict[str, Read]] = {
    "companies with their employees": {
        'this project: lazy="selectin"': companies,
        "raise_on_sql, two queries": companies_and_employees,
        "joinedload()": with_options(companies, joinedload(Company.employees)),
        "subqueryload()": with_options(companies, subqueryload(Company.employees)),
        "SQLAlchemy's default: lazy": with_options(companies, lazyload(Company.employees)),
    },
    "employees with their company": {
        "this project: joinedload()": with_options(
            employees, joinedload(Employee.company, innerjoin=True).raiseload(Company.employees, sql_only=True)
        ),
        "raise_on_sql, two queries": employees_after_companies,
        "selectinload()": with_options(
            employees, selectinload(Employee.company).raiseload(Company.employees, sql_only=True)
        ),
        "SQLAlchemy's default: lazy": with_options(
            employees, lazyload(Employee.company).raiseload(Company.employees, sql_only=True)
        ),
    },
}

for count in pick([10], [10, 1_000], [10, 1_000, 100_000]):
    fill(count)
    # all benchmarks together have an hour
    for graph, reads in list(GRAPHS.items())[: 1 if count > 1_000 else 2]:
        compare(
            f"{count:,} employees",
            {name: way(read, count) for name, read in reads.items()},
            group=f"{graph}, {DATABASE}",
            x=count,
            rounds=pick(1, 3, 2 if count > 1_000 else 9),
            # what the project recommends against what SQLAlchemy does by itself
            bounds={"SQLAlchemy's default: lazy": (1.0, None)} if count > EACH else {},
        )
engine.dispose()
