"""A project's application, and endpoints to load it with: `uvicorn --factory web_sync:main`.

`MAX_CONCURRENT_REQUESTS` in the environment replaces the limit of the project.
"""
# mypy: disable-error-code="import-not-found"

import os
import time

import pytest
from fastapi import FastAPI
from lending import LENT
from my_project.web import app as application
from my_project.web.settings import WebSettings
from my_project.web.units import ReadSession


def main() -> FastAPI:
    """Return the application."""
    with pytest.MonkeyPatch.context() as patch:
        if maximum := os.environ.get("MAX_CONCURRENT_REQUESTS"):
            patch.setattr(application, "MAX_CONCURRENT_REQUESTS", int(maximum))
        app: FastAPI = application.make_app(WebSettings.load())

    @app.get("/hold")
    def hold(seconds: float, session: ReadSession) -> None:
        session.connection()
        time.sleep(seconds)

    @app.get("/lent")
    async def lent() -> int:
        return len(LENT)

    return app
