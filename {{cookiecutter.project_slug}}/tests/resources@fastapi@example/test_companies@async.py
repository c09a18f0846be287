"""Tests of the resource companies."""

from httpx2 import AsyncClient

from tests.resources.lifecycle import live


async def test_a_company_is_added_changed_and_removed(client: AsyncClient) -> None:
    wrong = [{"name": name} for name in (None, "", "\x00", "x" * 101, 1)]

    await live(client, "/companies", {"name": "Acme"}, {"name": "Birch"}, wrong)


async def test_companies_are_listed_in_one_statement(client: AsyncClient, company: str, statements: list[str]) -> None:
    listed = (await client.get("/companies", params={"name": "Acme"})).json()

    assert [found["name"] for found in listed["items"]] == ["Acme"]
    assert len(statements) == 1


async def test_a_duplicate_name_is_a_conflict(client: AsyncClient, company: str) -> None:
    problem = (await client.post("/companies", json={"name": "Acme"})).json()

    assert (problem["status"], problem["type"]) == (409, "/problems/duplicate")
