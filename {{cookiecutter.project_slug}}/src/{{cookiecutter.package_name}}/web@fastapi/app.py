"""The application: `uvicorn --factory {{ cookiecutter.package_name }}.web.app:main`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from ..settings import SettingsError
from .authentication import Authenticate, authenticated
from .concurrency import ConcurrencyLimit
from .database import opened
from .docs import serve_docs
from .limits import MAX_CONCURRENT_REQUESTS
from .logs import log_with_request_ids
from .parameters import StrictRoute
from .problems import answer_with_problems, problems
from .request_ids import HEADER, RequestIds
from .routes import ROUTERS, health
from .settings import WebSettings
from .stopping import unready_before_stop


def about() -> dict[str, Any]:
    """Return the name, the description and the version of this project, as pyproject.toml has them."""
    try:
        own = metadata("{{ cookiecutter.project_slug }}")
    except PackageNotFoundError:  # it runs without being installed
        return {"title": "{{ cookiecutter.project_slug }}"}
    return {"title": own["Name"], "description": own["Summary"], "version": own["Version"]}


def make_app(settings: WebSettings, *, authenticate: Authenticate | None = None) -> FastAPI:
    """Return the application, which opens its database at startup, and closes it at shutdown.

    With `authenticate` each endpoint requires a bearer token that this function accepts, except health checks, `/docs`
    and `/openapi.json`. FastAPI leaves out what is no endpoint of it: `app.mount(...)` and `app.add_route(...)`.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with opened(settings) as app.state.database:
            with unready_before_stop(app, settings.stop_delay):
                yield

    app = FastAPI(
        **about(),
        lifespan=lifespan,
        docs_url=None,  # docs.py serves it
        redoc_url=None,
        responses=problems(422, 500),  # 422 also to an unknown query parameter
        # Generated clients name their functions after the endpoints.
        # https://fastapi.tiangolo.com/advanced/generate-clients/#custom-operation-ids-and-better-method-names
        generate_unique_id_function=lambda route: route.name,
    )
    app.router.route_class = StrictRoute  # for endpoints of `@app.get`
    app.state.authenticate = authenticate
    app.state.is_stopping = False
    app.add_middleware(ConcurrencyLimit, maximum=MAX_CONCURRENT_REQUESTS)
    app.add_middleware(RequestIds)  # around the limit, so that a refusal has an id
    answer_with_problems(app)
    app.include_router(health.router)
    if authenticate is not None:  # what is added from here on, also by `@app.get`
        app.router.dependencies.append(Depends(authenticated))
        app.router.responses.update(problems(401))
    for router in ROUTERS:
        app.include_router(router)
    serve_docs(app)  # last, because routes are searched in order
    return app


def with_cors(app: FastAPI, origins: str) -> ASGIApp:
    """Return the application with CORS for these origins, which may also read its headers.

    It wraps the whole application, so that browsers can read error responses.
    https://www.starlette.io/middleware/#corsmiddleware
    """
    headers = ("ETag", "Link", "Location", "Retry-After", "WWW-Authenticate", HEADER)
    return CORSMiddleware(app, origins.split(), allow_methods=["*"], allow_headers=["*"], expose_headers=headers)


def main() -> ASGIApp:
    """Return the application with the settings of the environment."""
    log_with_request_ids()
    try:
        settings = WebSettings.load()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    app = make_app(settings)
    return with_cors(app, settings.cors_origins) if settings.cors_origins else app
