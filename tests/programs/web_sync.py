"""A project's application, and endpoints to load it with: `uvicorn --factory web_sync:main`.

`TURNS` in the environment is the number of concurrent requests, instead of the limit of the project.
"""
# mypy: disable-error-code="import-not-found"

import os
import time
from asyncio import Semaphore

from fastapi import FastAPI
from lending import LENT
from my_project.settings import load
from my_project.web.app import make_app
from my_project.web.settings import WebSettings
from my_project.web.units import ReadSession


def main() -> FastAPI:
    """Return the application."""
    app: FastAPI = make_app(load(WebSettings))
    if "TURNS" in os.environ:
        app.state.slots = Semaphore(int(os.environ["TURNS"]))

    @app.get("/hold")
    def hold(seconds: float, session: ReadSession) -> None:
        session.connection()
        time.sleep(seconds)

    @app.get("/lent")
    async def lent() -> int:
        return len(LENT)

    return app
