"""Fixtures for the tests of all resources."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.session import SessionFactory
from {{ cookiecutter.package_name }}.web.app import make_app
from {{ cookiecutter.package_name }}.web.settings import WebSettings

from tests.serving import client_of

pytest.register_assert_rewrite("tests.resources.lifecycle")


@pytest.fixture
def client(database_url: URL, sessions: SessionFactory) -> TestClient:
    """Return a client of the application."""
    return client_of(make_app(WebSettings(database_url=database_url)), sessions)


@pytest.fixture
def company(client: TestClient) -> str:
    """Return the path of a company with one employee."""
    url = client.post("/companies", json={"name": "Acme"}).headers["location"]
    client.post(f"{url}/employees", json={"name": "Ada", "email": "ada@example.com", "role": "manager"})
    return url
