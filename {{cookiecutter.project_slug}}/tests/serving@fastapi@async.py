"""The web application in tests: without a server, and in the transaction of the test."""

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from {{ cookiecutter.package_name }}.db.session import SessionFactory
from {{ cookiecutter.package_name }}.web.database import Database


def client_of(
    app: FastAPI, writing: SessionFactory, reading: SessionFactory | None = None, *, raises: bool = True
) -> AsyncClient:
    """Return a client of the application, whose requests use these sessions, one after the other.

    An unexpected error is raised in the test; with `raises=False` it is a 500, as on a server.
    """
    app.state.database = Database(writing, reading or writing)
    return AsyncClient(transport=ASGITransport(app, raise_app_exceptions=raises), base_url="http://test")
