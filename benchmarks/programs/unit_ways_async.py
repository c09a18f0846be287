"""The five operations of `units`, in each of the ways that are compared."""
# mypy: disable-error-code="import-not-found"

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from advanced_alchemy.repository import SQLAlchemyAsyncRepository as Repository
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import selectinload
from unit_models import AdvancedCompany, AdvancedEmployee, Company, Employee, another_name

# A unit of work on the row with this key; and one for each of OPERATIONS.
Unit = Callable[[int], Awaitable[Any]]
Units = tuple[Unit, Unit, Unit, Unit, Unit]


def by_session(
    writing: Any,
    reading: Any,
    company: Any,
    employee: Any,
    *,
    refreshes: bool = False,
    query: Any = (select, AsyncSession.scalars),
) -> Units:
    """Return the units of an object-relational session; `writing` and `reading` open one that commits at the end."""
    statement_of, run = query

    async def create(key: int) -> Any:
        async with writing() as session:
            session.add(new := employee(company_id=key, name="someone"))
            await session.flush()
            return new.id

    async def read(key: int) -> Any:
        async with reading() as session:
            return await session.get_one(employee, key)

    async def look(key: int) -> Any:
        one = statement_of(company).where(company.name == f"company {key}").options(selectinload(company.employees))
        async with reading() as session:
            found = await run(session, one)
            return [each.name for each in found.one().employees]

    async def change(key: int) -> Any:
        async with writing() as session:
            found = await session.get_one(employee, key)
            found.name = another_name()
            await session.flush()
            if refreshes:  # where the database makes the time, and only a query tells it
                await session.refresh(found, ["updated_at"])
            return found.updated_at

    async def remove(key: int) -> Any:
        async with writing() as session:
            found = await session.get_one(employee, key)
            await session.delete(found)

    return create, read, look, change, remove


class Employees(Repository[AdvancedEmployee]):
    """As advanced-alchemy's documentation declares a repository."""

    model_type = AdvancedEmployee


class Companies(Repository[AdvancedCompany]):
    """As advanced-alchemy's documentation declares a repository."""

    model_type = AdvancedCompany


def by_repository(opened: Any) -> Units:
    """Return the units of advanced-alchemy's repository."""

    async def create(key: int) -> Any:
        async with opened() as session:
            new = await Employees(session=session).add(AdvancedEmployee(company_id=key, name="someone"))
            return new.id

    async def read(key: int) -> Any:
        async with opened() as session:
            return await Employees(session=session).get(key)

    async def look(key: int) -> Any:
        async with opened() as session:
            companies = Companies(session=session, load=[AdvancedCompany.employees])
            found = await companies.get_one(name=f"company {key}")
            return [each.name for each in found.employees]

    async def change(key: int) -> Any:
        async with opened() as session:
            found = await Employees(session=session).update(AdvancedEmployee(id=key, name=another_name()))
            return found.updated_at

    async def remove(key: int) -> Any:
        async with opened() as session:
            await Employees(session=session).delete(key)

    return create, read, look, change, remove


def by_core(writing: AsyncEngine, reading: AsyncEngine) -> Units:
    """Return the units of SQLAlchemy Core."""
    companies, employees = Company.__table__, Employee.__table__
    has_returning = writing.dialect.update_returning

    async def create(key: int) -> Any:
        new = insert(employees).values(company_id=key, name="someone")
        async with writing.begin() as connection:
            made = await connection.execute(
                new.returning(employees.c.id, employees.c.created_at, employees.c.updated_at)
            )
            return made.one()

    async def read(key: int) -> Any:
        async with reading.begin() as connection:
            found = await connection.execute(select(employees).where(employees.c.id == key))
            return found.one()

    async def look(key: int) -> Any:
        async with reading.begin() as connection:
            found = await connection.execute(select(companies).where(companies.c.name == f"company {key}"))
            own = await connection.execute(select(employees).where(employees.c.company_id.in_([found.one().id])))
            return [each.name for each in own]

    async def change(key: int) -> Any:
        is_it = employees.c.id == key
        changed = update(employees).where(is_it).values(name=another_name())
        async with writing.begin() as connection:
            found = await connection.execute(select(employees).where(is_it))
            found.one()
            if has_returning:
                made = await connection.execute(changed.returning(employees.c.updated_at))
            else:
                await connection.execute(changed)
                made = await connection.execute(select(employees.c.updated_at).where(is_it))
            return made.scalar_one()

    async def remove(key: int) -> Any:
        async with writing.begin() as connection:
            found = await connection.execute(select(employees).where(employees.c.id == key))
            found.one()
            await connection.execute(delete(employees).where(employees.c.id == key))

    return create, read, look, change, remove


def by_driver(connections: list[Any], sql: dict[str, str]) -> Units:
    """Return the units of a driver alone, which takes its connections from a list of open ones."""

    @asynccontextmanager
    async def opened(begin: str) -> AsyncIterator[Any]:
        connection = connections.pop()
        async with connection.cursor() as cursor:
            if begin:
                await cursor.execute(begin)
            yield cursor
        await connection.commit()
        connections.append(connection)

    async def create(key: int) -> Any:
        async with opened(sql["begin"]) as cursor:
            await cursor.execute(sql["insert"], (key, "someone"))
            return await cursor.fetchone()

    async def read(key: int) -> Any:
        async with opened(sql["begin to read"]) as cursor:
            await cursor.execute(sql["read"], (key,))
            return await cursor.fetchone()

    async def look(key: int) -> Any:
        async with opened(sql["begin to read"]) as cursor:
            await cursor.execute(sql["company"], (f"company {key}",))
            company = await cursor.fetchone()
            await cursor.execute(sql["employees"], (company[0],))
            found = await cursor.fetchall()
            return [each[2] for each in found]

    async def change(key: int) -> Any:
        async with opened(sql["begin"]) as cursor:
            await cursor.execute(sql["read"], (key,))
            await cursor.fetchone()
            await cursor.execute(sql["update"], (another_name(), key))
            if sql["updated"]:
                await cursor.execute(sql["updated"], (key,))
            return await cursor.fetchone()

    async def remove(key: int) -> Any:
        async with opened(sql["begin"]) as cursor:
            await cursor.execute(sql["read"], (key,))
            await cursor.fetchone()
            await cursor.execute(sql["delete"], (key,))

    return create, read, look, change, remove
