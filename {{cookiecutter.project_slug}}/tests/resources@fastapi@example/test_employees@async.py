"""Tests of the resource employees."""

from httpx2 import AsyncClient

from tests.resources.lifecycle import Body, live


async def test_an_employee_is_added_changed_and_removed(client: AsyncClient, company: str) -> None:
    new, change = {"name": "Bob", "email": "bob@example.com"}, {"role": "manager", "weekly_hours": 20}
    wrong: list[Body] = [{"name": None}, {"email": "nobody"}, {"role": "king"}, {"weekly_hours": 0}]

    await live(client, f"{company}/employees", new, change, wrong)


async def test_a_company_is_shown_with_its_employees_in_one_statement(
    client: AsyncClient, company: str, statements: list[str]
) -> None:
    shown = (await client.get(f"{company}/overview")).json()

    [ada] = shown["employees"]
    assert (shown["name"], ada["name"], ada["role"], ada["weekly_hours"]) == ("Acme", "Ada", "manager", 40)
    assert len(statements) == 1


async def test_employees_are_filtered_and_paged(client: AsyncClient, company: str) -> None:
    for name in ("Cem", "Bob"):
        await client.post(f"{company}/employees", json={"name": name, "email": f"{name}@example.com"})

    first = await client.get(f"{company}/employees", params={"role": "engineer", "sort": "name", "limit": 1})
    second = await client.get(first.links["next"]["url"])

    assert [employee["name"] for page in (first, second) for employee in page.json()["items"]] == ["Bob", "Cem"]
    assert (second.json()["next"], second.links) == (None, {})


async def test_a_removed_company_has_no_employees(client: AsyncClient, company: str) -> None:
    assert (await client.delete(company, headers={"If-Match": "*"})).status_code == 204
    assert (await client.get(f"{company}/employees")).status_code == 404
