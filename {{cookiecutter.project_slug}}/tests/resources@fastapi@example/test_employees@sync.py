"""Tests of the resource employees."""

from fastapi.testclient import TestClient

from tests.resources.lifecycle import Body, live


def test_an_employee_is_added_changed_and_removed(client: TestClient, company: str) -> None:
    new, change = {"name": "Bob", "email": "bob@example.com"}, {"role": "manager", "weekly_hours": 20}
    wrong: list[Body] = [{"name": None}, {"email": "nobody"}, {"role": "king"}, {"weekly_hours": 0}]

    live(client, f"{company}/employees", new, change, wrong)


def test_a_company_is_shown_with_its_employees_in_one_statement(
    client: TestClient, company: str, statements: list[str]
) -> None:
    shown = client.get(f"{company}/overview").json()

    [ada] = shown["employees"]
    assert (shown["name"], ada["name"], ada["role"], ada["weekly_hours"]) == ("Acme", "Ada", "manager", 40)
    assert len(statements) == 1


def test_employees_are_filtered_and_paged(client: TestClient, company: str) -> None:
    for name in ("Cem", "Bob"):
        client.post(f"{company}/employees", json={"name": name, "email": f"{name}@example.com"})

    first = client.get(f"{company}/employees", params={"role": "engineer", "sort": "name", "limit": 1})
    second = client.get(first.links["next"]["url"])

    assert [employee["name"] for page in (first, second) for employee in page.json()["items"]] == ["Bob", "Cem"]
    assert (second.json()["next"], second.links) == (None, {})


def test_a_removed_company_has_no_employees(client: TestClient, company: str) -> None:
    assert client.delete(company, headers={"If-Match": "*"}).status_code == 204
    assert client.get(f"{company}/employees").status_code == 404
