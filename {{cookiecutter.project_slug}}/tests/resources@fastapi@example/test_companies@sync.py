"""Tests of the resource companies."""

from fastapi.testclient import TestClient

from tests.resources.lifecycle import live


def test_a_company_is_added_changed_and_removed(client: TestClient) -> None:
    wrong = [{"name": name} for name in (None, "", "\x00", "x" * 101, 1)]

    live(client, "/companies", {"name": "Acme"}, {"name": "Birch"}, wrong)


def test_companies_are_listed_in_one_statement(client: TestClient, company: str, statements: list[str]) -> None:
    listed = client.get("/companies", params={"name": "Acme"}).json()

    assert [found["name"] for found in listed["items"]] == ["Acme"]
    assert len(statements) == 1


def test_a_duplicate_name_is_a_conflict(client: TestClient, company: str) -> None:
    problem = client.post("/companies", json={"name": "Acme"}).json()

    assert (problem["status"], problem["type"]) == (409, "/problems/duplicate")
