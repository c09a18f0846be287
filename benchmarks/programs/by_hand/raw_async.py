"""FastAPI with the driver alone: asyncpg for PostgreSQL, aiosqlite for SQLite."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from fastapi import FastAPI, HTTPException

from .bodies import CompanyChange, CompanyOut, CompanyWithEmployees, EmployeeOut, Limit, NewCompany, Number, Page

URL = os.environ["BY_HAND_URL"]
COLUMNS = "id, name, created_at, updated_at, version_id"
LIST = f"SELECT {COLUMNS} FROM companies WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608 - no input in it
ONE = f"SELECT {COLUMNS} FROM companies WHERE id = $1"  # noqa: S608
EMPLOYEES = "SELECT * FROM employees WHERE company_id = $1 ORDER BY id"
INSERT = f"INSERT INTO companies (name, version_id) VALUES ($1, 1) RETURNING {COLUMNS}"  # noqa: S608
UPDATE = f"""UPDATE companies SET name = $1, version_id = version_id + 1, updated_at = CURRENT_TIMESTAMP
    WHERE id = $2 AND version_id = $3 RETURNING {COLUMNS}"""  # noqa: S608
DELETE = "DELETE FROM companies WHERE id = $1 RETURNING id"
Duplicate = (asyncpg.UniqueViolationError, aiosqlite.IntegrityError)


class SQLite:
    """One connection for all requests: aiosqlite gives it a thread of its own."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        numbered = sql.replace("$", "?")
        return list(await self.connection.execute_fetchall(numbered, values))

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        return next(iter(await self.fetch(sql, *values)), None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    if URL.startswith("sqlite"):
        path = URL.partition(":///")[2]
        async with aiosqlite.connect(path, isolation_level=None) as connection:
            await connection.execute("PRAGMA foreign_keys = ON")
            connection.row_factory = aiosqlite.Row
            app.state.database = SQLite(connection)
            yield
    else:
        async with asyncpg.create_pool(URL, min_size=1, max_size=10) as app.state.database:
            yield


app = FastAPI(lifespan=lifespan)


def company_of(row: Any) -> CompanyOut:
    return CompanyOut(**dict(row))


@app.get("/companies")
async def list_companies(after: Number | None = None, limit: Limit = 50) -> Page:
    rows = await app.state.database.fetch(LIST, after or 0, limit + 1)
    items = [company_of(row) for row in rows[:limit]]
    return Page(items=items, next=str(rows[limit - 1]["id"]) if len(rows) > limit else None)


@app.post("/companies", status_code=201)
async def add_company(body: NewCompany) -> CompanyOut:
    try:
        return company_of(await app.state.database.fetchrow(INSERT, body.name))
    except Duplicate:
        raise HTTPException(409, "there is a company of this name") from None


@app.get("/companies/{company_id}/overview")
async def get_company(company_id: Number) -> CompanyWithEmployees:
    row = await app.state.database.fetchrow(ONE, company_id)
    if row is None:
        raise HTTPException(404)
    employees = await app.state.database.fetch(EMPLOYEES, company_id)
    return CompanyWithEmployees(**dict(row), employees=[EmployeeOut(**dict(employee)) for employee in employees])


@app.patch("/companies/{company_id}")
async def change_company(company_id: Number, body: CompanyChange) -> CompanyOut:
    row = await app.state.database.fetchrow(UPDATE, body.name, company_id, body.version_id)
    if row is None:
        raise HTTPException(409, "the company was changed")
    return company_of(row)


@app.delete("/companies/{company_id}", status_code=204)
async def remove_company(company_id: Number) -> None:
    if await app.state.database.fetchrow(DELETE, company_id) is None:
        raise HTTPException(404)
