"""Errors as problem details, which are of one shape whatever went wrong: https://www.rfc-editor.org/rfc/rfc9457."""

from collections.abc import Mapping
from http.client import responses
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ..db.retry import is_retryable
from .request_ids import HEADER, request_id

MEDIA_TYPE = "application/problem+json"

CONFLICT = "it contradicts what is stored: what must be unique is taken, what it refers to is gone, or was changed"
BUSY = "too much is going on at the moment; nothing was changed, so send it again"
# Seconds. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
RETRY = {"Retry-After": "1"}

T = TypeVar("T")


class Invalid(BaseModel):
    """A part of a request that is not as it should be."""

    location: str
    detail: str


class Problem(BaseModel):
    """Why a request did not get what it asked for."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Invalid] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what documents these answers of an endpoint: `responses=problems(404, 409)`."""
    return {status: {"model": Problem} for status in statuses}


def found(thing: T | None) -> T:
    """Return a thing that there is; otherwise the answer is 404."""
    if thing is None:
        raise HTTPException(404)
    return thing


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that tells a problem."""
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers, MEDIA_TYPE)


def problem_of(status: int, detail: str | None = None, errors: list[Invalid] | None = None) -> Problem:
    """Return the problem of a status, with its usual title."""
    return Problem(title=responses.get(status, "Error"), status=status, detail=detail, errors=errors)


def allowed(request: Request) -> str:
    """Return the methods that there are for a path; Starlette's own answer names those of one endpoint."""

    def exists(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(exists, ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")))


async def explain(request: Request, error: Exception) -> Response:
    """Return what an error means to the client; one that means nothing to it is raised again, for the log."""
    match error:
        case HTTPException(status_code=status) if status < 400:
            return Response(None, status, error.headers)
        case HTTPException(status_code=405):
            return respond(problem_of(405), {"Allow": allowed(request)})
        case HTTPException():
            return respond(problem_of(error.status_code, str(error.detail)), error.headers)
        case RequestValidationError():
            wrong = [Invalid(location="/".join(map(str, e["loc"])), detail=e["msg"]) for e in error.errors()]
            return respond(problem_of(422, errors=wrong))
        case IntegrityError() | StaleDataError():
            return respond(problem_of(409, CONFLICT))
        case _ if isinstance(error, PoolTimeoutError) or is_retryable(error):
            return respond(problem_of(503, BUSY), RETRY)
        case _:
            raise error


async def fail(_request: Request, _error: Exception) -> Response:
    """Return what a client may know of any other error; the server logs it."""
    # Starlette sends it from outside of the middleware that gives responses their id.
    return respond(problem_of(500), {HEADER: request_id.get()})


def answer_with_problems(app: FastAPI) -> None:
    """Let an application answer every error with a problem, and say so in its OpenAPI document."""
    for error in (HTTPException, RequestValidationError, StaleDataError, PoolTimeoutError, DBAPIError):
        app.add_exception_handler(error, explain)
    app.add_exception_handler(Exception, fail)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        for operation in [operation for path in document["paths"].values() for operation in path.values()]:
            if "requestBody" in operation:  # bytes that are no text
                operation["responses"]["400"] = {"description": "Bad Request"}
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for name in ("HTTPValidationError", "ValidationError"):  # what FastAPI itself would answer
            document["components"]["schemas"].pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
