"""The application: `uvicorn --factory {{ cookiecutter.package_name }}.web.app:main`."""

from asyncio import Semaphore
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ..settings import Settings, SettingsError, load_settings
from .database import opened
from .limits import AT_ONCE
from .logs import log_with_request_ids
from .problems import answer_with_problems, problems
from .request_ids import RequestIds
from .routes import ROUTERS


def make_app(settings: Settings) -> FastAPI:
    """Return the application, which opens the database when its server starts, and closes it when that stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with opened(settings) as app.state.database:
            yield

    app = FastAPI(
        title="{{ cookiecutter.project_slug }}",
        lifespan=lifespan,
        responses=problems(500),
        # The functions that generated clients have are named as ours.
        # https://fastapi.tiangolo.com/advanced/generate-clients/#custom-operation-ids-and-better-method-names
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.turns = Semaphore(AT_ONCE)
    app.add_middleware(RequestIds)
    answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


def main() -> FastAPI:
    """Return the application of this process, set up by its environment."""
    log_with_request_ids()
    try:
        return make_app(load_settings())
    except SettingsError as error:
        raise SystemExit(str(error)) from None
