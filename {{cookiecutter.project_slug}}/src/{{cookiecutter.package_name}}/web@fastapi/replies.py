"""Responses with Location, ETag and Link, and conditional requests (If-Match).

Endpoints return these responses, and name the body for OpenAPI: `response_model=CompanyBody`. If they returned bodies,
FastAPI would validate and serialize each one again after its ETag was computed. A header that a dependency sets on its
`response: Response` does not reach them; one that a middleware sets does.
https://fastapi.tiangolo.com/advanced/response-directly/
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from starlette.exceptions import HTTPException

from .pages import ListQuery, page
from .problems import ANYTHING, PRECONDITION_FAILED, PRECONDITION_REQUIRED, STALE_VERSION, ProblemError, problems

# https://www.rfc-editor.org/rfc/rfc9110#field.etag
TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")

# Only documented here: `check` validates it, because a malformed header is a 400, not a 422.
SeenTag = Annotated[str, Field(json_schema_extra={"pattern": r'^(W/)?"[!#-~]*"$'})]
# An argument of endpoints: `if_match: IfMatch = ()`.
IfMatch = Annotated[tuple[SeenTag, ...], Header(min_length=1, description="ETags of what the client has seen, or *.")]


def json_of(body: BaseModel) -> bytes:
    """Return the JSON of a body, as FastAPI would serialize it."""
    return body.model_dump_json(by_alias=True).encode()


# Decimals keep all of their digits in it.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


def canonical(value: Any) -> Any:
    """Return the value in one of the forms in which a database may return it: times in UTC, decimals without zeros."""
    match value:
        case dict():  # a database may sort the keys of JSON
            return {name: canonical(value[name]) for name in sorted(value, key=str)}
        case list() | tuple():
            return [canonical(each) for each in value]
        case datetime(tzinfo=zone) if zone is not None:
            with suppress(OverflowError):  # in the year 1 or 9999
                return value.astimezone(UTC)
        case Decimal():
            return EXACT.plus(EXACT.normalize(value))  # and no -0
        case _:
            pass
    return value


def etag(body: BaseModel) -> str:
    """Return the ETag of a response: a digest of its values, the same before and after the database stored them.

    Call `session.refresh(row)` before a response with values that the database changes in another way.
    """
    try:
        content = ANYTHING.dump_json(canonical(body.model_dump()))
    except ValueError:  # a value that only the body itself can write
        content = json_of(body)
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'


def shown(body: type[BaseModel], row: object) -> Response:
    """Return the response for a row, with its ETag."""
    content = body.model_validate(row)
    return Response(json_of(content), headers={"ETag": etag(content)}, media_type="application/json")


def path_of(request: Request, endpoint: str, **path: Any) -> str:
    """Return the path of an endpoint, with the prefix that a proxy takes away, but no host: a proxy may change it."""
    return str(request.scope.get("root_path", "").rstrip("/") + request.app.url_path_for(endpoint, **path))


def added(request: Request, body: type[BaseModel], row: object, endpoint: str, **path: Any) -> Response:
    """Return the response for a new row; its Location is the path of the endpoint that shows the row."""
    response = shown(body, row)
    response.status_code = 201
    response.headers["Location"] = path_of(request, endpoint, **path)
    return response


def listed(
    request: Request, model: Any, body: type[BaseModel], rows: Sequence[RowMapping], query: ListQuery[Any]
) -> Response:
    """Return the page for the rows of a `page_of` query, with a Link to the next page."""
    found = page(model, body, rows, query)
    response = Response(json_of(found), media_type="application/json")
    if found.next is not None:
        path = path_of(request, request.scope["route"].name, **request.path_params)
        parameters = request.url.include_query_params(after=found.next).query
        response.headers["Link"] = f'<{path}?{parameters}>; rel="next"'
    return response


def check(if_match: Sequence[str], body: type[BaseModel], row: Any, version_id: int | None = None) -> None:
    """Raise a problem unless If-Match, or the `version_id` of the body, names the current version of the row.

    Lock the row before, so that nothing changes it until the unit of work ends.
    https://www.rfc-editor.org/rfc/rfc9110#field.if-match
    """
    wanted = ", ".join(if_match).strip(" \t")
    if not if_match and version_id is None:
        raise ProblemError(PRECONDITION_REQUIRED)
    if if_match and wanted != "*":
        if not TAGS.fullmatch(wanted):
            raise HTTPException(400, "If-Match is neither * nor a list of entity tags")
        if etag(body.model_validate(row)) not in re.findall(TAG, wanted):
            raise ProblemError(PRECONDITION_FAILED)
    if version_id is not None and version_id != row.version_id:
        raise ProblemError(STALE_VERSION)


def headers(status: int, **descriptions: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the headers of a response."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in descriptions.items()}
    return {status: {"headers": described}}


# For `responses=` of endpoints.
ETAG = "The entity tag of the response, for If-Match."
LISTED = headers(200, Link='The path of the next page, with rel="next".')
ADDED = headers(201, Location="The path of the new row.", ETag=ETAG) | problems(409)
SHOWN = headers(200, ETag=ETAG) | problems(404)
CHANGED = SHOWN | problems(400, 409, 412, 428)
REMOVED = problems(400, 404, 409, 412, 428)
