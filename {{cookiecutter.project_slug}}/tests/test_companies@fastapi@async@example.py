"""The resource of companies: what each request does, refuses, and costs in statements."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession

from {{ cookiecutter.package_name }}.db.session import SessionFactory
from {{ cookiecutter.package_name }}.queries import company_named
from {{ cookiecutter.package_name }}.web.app import make_app
from {{ cookiecutter.package_name }}.web.settings import WebSettings

from tests.serving import client_of


@pytest.fixture
def client(database_url: URL, sessions: SessionFactory) -> AsyncClient:
    """A client of the application."""
    return client_of(make_app(WebSettings(database_url=database_url)), sessions)


@pytest.fixture
async def acme(client: AsyncClient) -> dict[str, Any]:
    """A company with an employee, as a client knows it."""
    company = (await client.post("/companies", json={"name": "Acme"})).json()
    employee = {"name": "Ada", "email": "ada@example.com", "role": "manager"}
    await client.post(f"/companies/{company['id']}/employees", json=employee)
    found: dict[str, Any] = (await client.get(f"/companies/{company['id']}")).json()
    return found


async def test_a_company_is_stored_as_it_is_answered(client: AsyncClient, session: AsyncSession) -> None:
    response = await client.post("/companies", json={"name": "Acme"})

    stored = (await session.scalars(company_named("Acme"))).one()
    assert response.status_code == 201
    assert response.json()["version_id"] == stored.version_id
    assert response.json()["id"] in (stored.id, str(stored.id))


async def test_a_company_comes_with_its_employees_in_two_statements(
    client: AsyncClient, acme: dict[str, Any], statements: list[str]
) -> None:
    company = (await client.get(f"/companies/{acme['id']}")).json()

    [ada] = company["employees"]
    assert (ada["name"], ada["role"], ada["weekly_hours"]) == ("Ada", "manager", 40)
    assert len(statements) == 2


async def test_a_list_of_companies_is_one_statement(
    client: AsyncClient, acme: dict[str, Any], statements: list[str]
) -> None:
    listed = (await client.get("/companies")).json()

    assert [company["name"] for company in listed["items"]] == ["Acme"]
    assert "employees" not in listed["items"][0]
    assert len(statements) == 1


async def test_the_employees_of_a_company_come_in_pages(client: AsyncClient, acme: dict[str, Any]) -> None:
    employees = f"/companies/{acme['id']}/employees"
    await client.post(employees, json={"name": "Bob", "email": "bob@example.com"})

    first = (await client.get(employees, params={"limit": 1})).json()
    second = (await client.get(employees, params={"limit": 1, "after": first["next"]})).json()

    assert [employee["name"] for employee in first["items"] + second["items"]] == ["Ada", "Bob"]
    assert second["next"] is None


async def test_a_change_is_made_to_the_version_that_the_client_saw(client: AsyncClient, acme: dict[str, Any]) -> None:
    change = {"name": "Birch", "version_id": acme["version_id"]}

    first = await client.patch(f"/companies/{acme['id']}", json=change)
    second = await client.patch(f"/companies/{acme['id']}", json=change | {"name": "Cedar"})

    assert (first.status_code, second.status_code) == (200, 409)
    assert first.json()["version_id"] == acme["version_id"] + 1
    assert (await client.get(f"/companies/{acme['id']}")).json()["name"] == "Birch"


async def test_a_company_that_was_removed_is_not_there(client: AsyncClient, acme: dict[str, Any]) -> None:
    company = f"/companies/{acme['id']}"

    assert (await client.delete(company)).status_code == 204
    assert [(await client.get(company)).status_code, (await client.delete(company)).status_code] == [404, 404]
    assert (await client.get(f"{company}/employees")).status_code == 404


async def test_a_name_that_is_taken_is_a_conflict(client: AsyncClient, acme: dict[str, Any]) -> None:
    response = await client.post("/companies", json={"name": "Acme"})

    assert (response.status_code, response.json()["type"]) == (409, "/problems/duplicate")


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "\x00"}, {"name": "x" * 101}, {"name": 1}, {"name": "Acme", "nmae": "Acme"}]
)
async def test_a_company_that_could_not_be_stored_is_refused(client: AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/companies", json=body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["location"].startswith("body/")
