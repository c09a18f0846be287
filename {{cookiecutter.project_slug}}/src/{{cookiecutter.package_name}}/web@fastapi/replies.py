"""Responses: the JSON of rows, with Location, ETag and Link; and the version that a request asks for, If-Match.

Endpoints return them as they are, and name the body for the OpenAPI document: `response_model=CompanyBody`. FastAPI
would validate and serialize a body that an endpoint returns, after it was made once for its ETag.
https://fastapi.tiangolo.com/advanced/response-directly/
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from starlette.exceptions import HTTPException

from .pages import ListQuery, page
from .problems import PRECONDITION_FAILED, PRECONDITION_REQUIRED, STALE_VERSION, ProblemError, problems

# https://www.rfc-editor.org/rfc/rfc9110#field.etag
TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")

# Described by a pattern and checked by `check`, because a header that is not well-formed is a 400 and no 422.
SeenTag = Annotated[str, Field(json_schema_extra={"pattern": r'^(W/)?"[!#-~]*"$'})]
# An argument of endpoints: `if_match: IfMatch = ()`.
IfMatch = Annotated[tuple[SeenTag, ...], Header(min_length=1, description="ETags of what the client has seen, or *.")]


def json_of(body: BaseModel) -> bytes:
    """Return the JSON of a body, as FastAPI would serialize it."""
    return body.model_dump_json(by_alias=True).encode()


def etag(content: bytes) -> str:
    """Return the entity tag of a representation, a digest: it changes whenever a byte of the JSON does."""
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'


def shown(body: type[BaseModel], row: object) -> Response:
    """Return the response that shows a row, with its ETag."""
    content = json_of(body.model_validate(row))
    return Response(content, headers={"ETag": etag(content)}, media_type="application/json")


def added(request: Request, body: type[BaseModel], row: object, endpoint: str, **path: Any) -> Response:
    """Return the response that shows a new row, with as Location the URL of the endpoint that shows it later."""
    response = shown(body, row)
    response.status_code = 201
    response.headers["Location"] = str(request.url_for(endpoint, **path))
    return response


def listed(
    request: Request, model: Any, body: type[BaseModel], rows: Sequence[RowMapping], query: ListQuery[Any]
) -> Response:
    """Return the response with a page of the rows that `page_of` gives, and a Link to the next page."""
    found = page(model, body, rows, query)
    response = Response(json_of(found), media_type="application/json")
    if found.next is not None:
        response.headers["Link"] = f'<{request.url.include_query_params(after=found.next)}>; rel="next"'
    return response


def check(if_match: Sequence[str], body: type[BaseModel], row: Any, version_id: int | None = None) -> None:
    """Refuse a request that does not know the row as it is, by If-Match or by the `version_id` in its body.

    Lock the row before: nothing changes it between this and the end of the unit of work.
    https://www.rfc-editor.org/rfc/rfc9110#field.if-match
    """
    wanted = ", ".join(if_match)
    if not if_match and version_id is None:
        raise ProblemError(PRECONDITION_REQUIRED)
    if if_match and wanted != "*":
        if not TAGS.fullmatch(wanted):
            raise HTTPException(400, "If-Match is neither * nor a list of entity tags")
        if etag(json_of(body.model_validate(row))) not in re.findall(TAG, wanted):
            raise ProblemError(PRECONDITION_FAILED)
    if version_id is not None and version_id != row.version_id:
        raise ProblemError(STALE_VERSION)


def headers(status: int, **descriptions: str) -> dict[int | str, dict[str, Any]]:
    """Return what documents the headers of a response."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in descriptions.items()}
    return {status: {"headers": described}}


# Arguments `responses` of endpoints
ETAG = "The entity tag of the response, for If-Match."
LISTED = headers(200, Link='The URL of the next page, with rel="next".')
ADDED = headers(201, Location="The URL of what was added.", ETag=ETAG) | problems(409)
SHOWN = headers(200, ETag=ETAG) | problems(404)
CHANGED = SHOWN | problems(400, 409, 412, 428)
REMOVED = problems(400, 404, 409, 412, 428)
