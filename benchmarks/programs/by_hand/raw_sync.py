"""FastAPI with the driver alone: psycopg and its pool for PostgreSQL, sqlite3 with a connection for each thread."""

import os
import sqlite3
import threading
from typing import Any

import psycopg
from fastapi import FastAPI, HTTPException
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from .bodies import CompanyChange, CompanyOut, CompanyWithEmployees, EmployeeOut, Limit, NewCompany, Number, Page

URL = os.environ["BY_HAND_URL"]
COLUMNS = "id, name, created_at, updated_at, version_id"
LIST = f"SELECT {COLUMNS} FROM companies WHERE id > %s ORDER BY id LIMIT %s"  # noqa: S608 - no input in it
ONE = f"SELECT {COLUMNS} FROM companies WHERE id = %s"  # noqa: S608
EMPLOYEES = "SELECT * FROM employees WHERE company_id = %s ORDER BY id"
INSERT = f"INSERT INTO companies (name, version_id) VALUES (%s, 1) RETURNING {COLUMNS}"  # noqa: S608
UPDATE = f"""UPDATE companies SET name = %s, version_id = version_id + 1, updated_at = CURRENT_TIMESTAMP
    WHERE id = %s AND version_id = %s RETURNING {COLUMNS}"""  # noqa: S608
DELETE = "DELETE FROM companies WHERE id = %s RETURNING id"
Duplicate = (psycopg.errors.UniqueViolation, sqlite3.IntegrityError)

app = FastAPI()
own = threading.local()

if URL.startswith("sqlite"):

    def fetch(sql: str, *values: Any) -> list[Any]:
        if not hasattr(own, "connection"):
            own.connection = sqlite3.connect(URL.partition(":///")[2], isolation_level=None, timeout=30)
            own.connection.execute("PRAGMA foreign_keys = ON")
            own.connection.row_factory = sqlite3.Row
        return list(own.connection.execute(sql.replace("%s", "?"), values))

else:
    pool = ConnectionPool(URL, max_size=10, open=True, kwargs={"autocommit": True, "row_factory": dict_row})

    def fetch(sql: str, *values: Any) -> list[Any]:
        with pool.connection() as connection:
            return connection.execute(sql, values).fetchall()


def fetchrow(sql: str, *values: Any) -> Any:
    return next(iter(fetch(sql, *values)), None)


def company_of(row: Any) -> CompanyOut:
    return CompanyOut(**dict(row))


@app.get("/companies")
def list_companies(after: Number | None = None, limit: Limit = 50) -> Page:
    rows = fetch(LIST, after or 0, limit + 1)
    items = [company_of(row) for row in rows[:limit]]
    return Page(items=items, next=str(rows[limit - 1]["id"]) if len(rows) > limit else None)


@app.post("/companies", status_code=201)
def add_company(body: NewCompany) -> CompanyOut:
    try:
        return company_of(fetchrow(INSERT, body.name))
    except Duplicate:
        raise HTTPException(409, "there is a company of this name") from None


@app.get("/companies/{company_id}/overview")
def get_company(company_id: Number) -> CompanyWithEmployees:
    row = fetchrow(ONE, company_id)
    if row is None:
        raise HTTPException(404)
    employees = fetch(EMPLOYEES, company_id)
    return CompanyWithEmployees(**dict(row), employees=[EmployeeOut(**dict(employee)) for employee in employees])


@app.patch("/companies/{company_id}")
def change_company(company_id: Number, body: CompanyChange) -> CompanyOut:
    row = fetchrow(UPDATE, body.name, company_id, body.version_id)
    if row is None:
        raise HTTPException(409, "the company was changed")
    return company_of(row)


@app.delete("/companies/{company_id}", status_code=204)
def remove_company(company_id: Number) -> None:
    if fetchrow(DELETE, company_id) is None:
        raise HTTPException(404)
