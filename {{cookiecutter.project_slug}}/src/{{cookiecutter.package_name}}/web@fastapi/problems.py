"""Problem details, the bodies of all error responses: https://www.rfc-editor.org/rfc/rfc9457.

raise ProblemError(STALE_VERSION)
"""

from collections.abc import Mapping
from http.client import responses
from typing import Any, Literal, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ..db.retry import is_retryable
from .errors import is_timeout, violation_of
from .request_ids import HEADER, request_id

MEDIA_TYPE = "application/problem+json"

# For JSON of any value.
ANYTHING = TypeAdapter[Any](Any, config=ConfigDict(ser_json_bytes="base64"))

T = TypeVar("T")


class Invalid(BaseModel):
    """An invalid value of a request, and its location: `body/email`, `query/limit`."""

    location: str
    detail: str


class Problem(BaseModel):
    """The reason for an error response."""

    # Add those of your own resources. A client compares it, and does not follow it:
    # https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1
    type: Literal[
        "about:blank",  # no more than the status
        "/problems/validation",
        "/problems/duplicate",
        "/problems/missing-reference",
        "/problems/still-referenced",
        "/problems/stale-version",
        "/problems/precondition-required",
        "/problems/busy",
        "/problems/timeout",
    ] = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Invalid] | None = None


VALIDATION = Problem(type="/problems/validation", title="Invalid request", status=422)
DUPLICATE = Problem(
    type="/problems/duplicate",
    title="Duplicate value",
    status=409,
    detail="another row has this value, which must be unique",
)
MISSING_REFERENCE = Problem(
    type="/problems/missing-reference",
    title="Missing reference",
    status=409,
    detail="the row refers to one that does not exist, or other rows refer to it",
)
STILL_REFERENCED = Problem(
    type="/problems/still-referenced",
    title="Still referenced",
    status=409,
    detail="other rows refer to this one",
)
STALE_VERSION = Problem(
    type="/problems/stale-version",
    title="Stale version",
    status=409,
    detail="the row was changed since this version was read; read it again",
)
# The same for a version in If-Match. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.13
PRECONDITION_FAILED = STALE_VERSION.model_copy(update={"status": 412})
# https://www.rfc-editor.org/rfc/rfc6585#section-3
PRECONDITION_REQUIRED = Problem(
    type="/problems/precondition-required",
    title="Precondition required",
    status=428,
    detail="send the ETag of the row in If-Match",
)
BUSY = Problem(
    type="/problems/busy",
    title="Busy",
    status=503,
    detail="the server is busy; nothing was changed, so send the request again",
)
TIMEOUT = Problem(
    type="/problems/timeout",
    title="Timeout",
    status=504,
    detail="the database took too long; nothing was changed",
)


class ProblemError(HTTPException):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of error responses: `responses=problems(404, 409)`."""
    return {status: {"model": Problem} for status in statuses}


def found(thing: T | None) -> T:
    """Return the thing; respond with 404 if it is None."""
    if thing is None:
        raise HTTPException(404)
    return thing


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response for a problem."""
    # Seconds. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    retry = {"Retry-After": "1"} if problem.status == 503 else {}
    return Response(
        problem.model_dump_json(exclude_none=True), problem.status, {**retry, **(headers or {})}, MEDIA_TYPE
    )


def problem_of(status: int, detail: Any = None) -> Problem:
    """Return the problem of a status, with its usual title; FastAPI allows any JSON as its detail."""
    text = detail if detail is None or isinstance(detail, str) else ANYTHING.dump_json(detail, fallback=str).decode()
    return Problem(title=responses.get(status, "Error"), status=status, detail=text)


def conflict(request: Request, error: IntegrityError) -> Problem:
    """Return the problem of a violated constraint; one that no request can cause is a bug, and raised again."""
    violation = violation_of(error.orig) if error.orig else None
    if violation is None:
        raise error
    kind, columns = violation
    if request.method == "DELETE":  # without a body
        return DUPLICATE if kind == "duplicate" else STILL_REFERENCED
    problem = DUPLICATE if kind == "duplicate" else MISSING_REFERENCE
    locations = [f"{'path' if name in request.path_params else 'body'}/{name}" for name in columns]
    errors = [Invalid(location=location, detail=problem.title) for location in locations]
    return problem.model_copy(update={"errors": errors or None})


def allowed(request: Request) -> str:
    """Return the methods of a path; Starlette's own header names those of one endpoint."""

    def exists(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(filter(exists, ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")))


def location_of(error: Mapping[str, Any]) -> str:
    """Return the location of an invalid value; that of JSON which cannot be parsed is `body`, without its position."""
    is_body = error.get("type") == "json_invalid" and error["input"] == {}  # as FastAPI says it, not a field of Json
    return "body" if is_body else "/".join(map(str, error["loc"]))


async def explain(request: Request, error: Exception) -> Response:
    """Return the response for an error; raise it again, for the log, if it means nothing to the client."""
    match error:
        case ProblemError():
            return respond(error.problem)
        case HTTPException(status_code=status) if status < 400:
            return Response(None, status, error.headers)
        case HTTPException(status_code=405):
            return respond(problem_of(405), {"Allow": allowed(request) or "GET, HEAD"})  # of a mount: static files
        case HTTPException():
            return respond(problem_of(error.status_code, error.detail), error.headers)
        case RequestValidationError():
            wrong = [Invalid(location=location_of(each), detail=each["msg"]) for each in error.errors()]
            return respond(VALIDATION.model_copy(update={"errors": wrong}))
        case IntegrityError():
            return respond(conflict(request, error))
        case StaleDataError():
            return respond(STALE_VERSION)
        case _ if isinstance(error, PoolTimeoutError) or is_retryable(error):
            return respond(BUSY)
        case DBAPIError(orig=BaseException() as cause) if is_timeout(cause):
            return respond(TIMEOUT)
        case _:
            raise error


async def fail(_request: Request, _error: Exception) -> Response:
    """Return a 500 without details; the server logs the error."""
    # Starlette sends it from outside of the middleware that gives responses their id.
    return respond(problem_of(500), {HEADER: request_id.get()})


def answer_with_problems(app: FastAPI) -> None:
    """Let an application respond to every error with a problem, and say so in its OpenAPI document."""
    for error in (HTTPException, RequestValidationError, StaleDataError, PoolTimeoutError, DBAPIError):
        app.add_exception_handler(error, explain)
    app.add_exception_handler(Exception, fail)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        for operation in [operation for path in document["paths"].values() for operation in path.values()]:
            if "requestBody" in operation:  # a body that is not text
                operation["responses"]["400"] = {"description": "Bad Request"}
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        return document

    app.openapi = openapi  # type: ignore[method-assign]
