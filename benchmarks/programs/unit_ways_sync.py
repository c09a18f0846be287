"""The five operations of `units`, in each of the ways that are compared."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from advanced_alchemy.repository import SQLAlchemySyncRepository as Repository
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session, selectinload
from unit_models import AdvancedCompany, AdvancedEmployee, Company, Employee, another_name

# A unit of work on the row with this key; and one for each of OPERATIONS.
Unit = Callable[[int], Any]
Units = tuple[Unit, Unit, Unit, Unit, Unit]


def by_session(
    writing: Any,
    reading: Any,
    company: Any,
    employee: Any,
    *,
    refreshes: bool = False,
    query: Any = (select, Session.scalars),
) -> Units:
    """Return the units of an object-relational session; `writing` and `reading` open one that commits at the end."""
    statement_of, run = query

    def create(key: int) -> Any:
        with writing() as session:
            session.add(new := employee(company_id=key, name="someone"))
            session.flush()
            return new.id

    def read(key: int) -> Any:
        with reading() as session:
            return session.get_one(employee, key)

    def look(key: int) -> Any:
        one = statement_of(company).where(company.name == f"company {key}").options(selectinload(company.employees))
        with reading() as session:
            found = run(session, one)
            return [each.name for each in found.one().employees]

    def change(key: int) -> Any:
        with writing() as session:
            found = session.get_one(employee, key)
            found.name = another_name()
            session.flush()
            if refreshes:  # where the database makes the time, and only a query tells it
                session.refresh(found, ["updated_at"])
            return found.updated_at

    def remove(key: int) -> Any:
        with writing() as session:
            found = session.get_one(employee, key)
            session.delete(found)

    return create, read, look, change, remove


class Employees(Repository[AdvancedEmployee]):
    """As advanced-alchemy's documentation declares a repository."""

    model_type = AdvancedEmployee


class Companies(Repository[AdvancedCompany]):
    """As advanced-alchemy's documentation declares a repository."""

    model_type = AdvancedCompany


def by_repository(opened: Any) -> Units:
    """Return the units of advanced-alchemy's repository."""

    def create(key: int) -> Any:
        with opened() as session:
            new = Employees(session=session).add(AdvancedEmployee(company_id=key, name="someone"))
            return new.id

    def read(key: int) -> Any:
        with opened() as session:
            return Employees(session=session).get(key)

    def look(key: int) -> Any:
        with opened() as session:
            companies = Companies(session=session, load=[AdvancedCompany.employees])
            found = companies.get_one(name=f"company {key}")
            return [each.name for each in found.employees]

    def change(key: int) -> Any:
        with opened() as session:
            found = Employees(session=session).update(AdvancedEmployee(id=key, name=another_name()))
            return found.updated_at

    def remove(key: int) -> Any:
        with opened() as session:
            Employees(session=session).delete(key)

    return create, read, look, change, remove


def by_core(writing: Engine, reading: Engine) -> Units:
    """Return the units of SQLAlchemy Core."""
    companies, employees = Company.__table__, Employee.__table__
    has_returning = writing.dialect.update_returning

    def create(key: int) -> Any:
        new = insert(employees).values(company_id=key, name="someone")
        with writing.begin() as connection:
            made = connection.execute(new.returning(employees.c.id, employees.c.created_at, employees.c.updated_at))
            return made.one()

    def read(key: int) -> Any:
        with reading.begin() as connection:
            found = connection.execute(select(employees).where(employees.c.id == key))
            return found.one()

    def look(key: int) -> Any:
        with reading.begin() as connection:
            found = connection.execute(select(companies).where(companies.c.name == f"company {key}"))
            own = connection.execute(select(employees).where(employees.c.company_id.in_([found.one().id])))
            return [each.name for each in own]

    def change(key: int) -> Any:
        is_it = employees.c.id == key
        changed = update(employees).where(is_it).values(name=another_name())
        with writing.begin() as connection:
            found = connection.execute(select(employees).where(is_it))
            found.one()
            if has_returning:
                made = connection.execute(changed.returning(employees.c.updated_at))
            else:
                connection.execute(changed)
                made = connection.execute(select(employees.c.updated_at).where(is_it))
            return made.scalar_one()

    def remove(key: int) -> Any:
        with writing.begin() as connection:
            found = connection.execute(select(employees).where(employees.c.id == key))
            found.one()
            connection.execute(delete(employees).where(employees.c.id == key))

    return create, read, look, change, remove


def by_driver(connections: list[Any], sql: dict[str, str]) -> Units:
    """Return the units of a driver alone, which takes its connections from a list of open ones."""

    @contextmanager
    def opened(begin: str) -> Iterator[Any]:
        connection = connections.pop()
        with closing(connection.cursor()) as cursor:
            if begin:
                cursor.execute(begin)
            yield cursor
        connection.commit()
        connections.append(connection)

    def create(key: int) -> Any:
        with opened(sql["begin"]) as cursor:
            cursor.execute(sql["insert"], (key, "someone"))
            return cursor.fetchone()

    def read(key: int) -> Any:
        with opened(sql["begin to read"]) as cursor:
            cursor.execute(sql["read"], (key,))
            return cursor.fetchone()

    def look(key: int) -> Any:
        with opened(sql["begin to read"]) as cursor:
            cursor.execute(sql["company"], (f"company {key}",))
            company = cursor.fetchone()
            cursor.execute(sql["employees"], (company[0],))
            found = cursor.fetchall()
            return [each[2] for each in found]

    def change(key: int) -> Any:
        with opened(sql["begin"]) as cursor:
            cursor.execute(sql["read"], (key,))
            cursor.fetchone()
            cursor.execute(sql["update"], (another_name(), key))
            if sql["updated"]:
                cursor.execute(sql["updated"], (key,))
            return cursor.fetchone()

    def remove(key: int) -> Any:
        with opened(sql["begin"]) as cursor:
            cursor.execute(sql["read"], (key,))
            cursor.fetchone()
            cursor.execute(sql["delete"], (key,))

    return create, read, look, change, remove
