"""The web application in tests: without a server, and in the transaction of the test."""

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from {{ cookiecutter.package_name }}.db.session import SessionFactory
from {{ cookiecutter.package_name }}.web.database import Database


def client_of(app: FastAPI, writing: SessionFactory, reading: SessionFactory | None = None) -> AsyncClient:
    """Return a client of the application, whose requests use these sessions; an unexpected error is a 500."""
    app.state.database = Database(writing, reading or writing)
    return AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://test")
