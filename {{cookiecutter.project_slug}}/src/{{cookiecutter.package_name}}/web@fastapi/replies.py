"""Response headers and conditional requests: Location, ETag, Link and If-Match."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from starlette.exceptions import HTTPException

from .pages import ListQuery, Page, page
from .problems import PRECONDITION_FAILED, PRECONDITION_REQUIRED, STALE_VERSION, ProblemError, problems

Body = TypeVar("Body", bound=BaseModel)

# https://www.rfc-editor.org/rfc/rfc9110#field.etag
TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")


def etag(body: BaseModel) -> str:
    """Return the ETag of a body: a digest of its JSON."""
    return f'"{blake2b(body.model_dump_json().encode(), digest_size=12).hexdigest()}"'


class Replies:
    """Builds the bodies and headers of the response to a request."""

    def __init__(self, request: Request, response: Response, if_match: Sequence[str] = ()) -> None:
        self.request = request
        self.headers = response.headers
        self.if_match = if_match

    def shown(self, body: type[Body], row: Any) -> Body:
        """Return the body of a row, and set its ETag."""
        representation = body.model_validate(row)
        self.headers["ETag"] = etag(representation)
        return representation

    def added(self, body: type[Body], row: Any, endpoint: str, **path: Any) -> Body:
        """Return the body of a new row, and set its ETag and, as Location, the URL of the endpoint that shows it."""
        self.headers["Location"] = str(self.request.url_for(endpoint, **path))
        return self.shown(body, row)

    def page(self, model: Any, body: type[Body], rows: Sequence[RowMapping], query: ListQuery[Any]) -> Page[Body]:
        """Return the page for the rows of a query of `page_of`, and set a Link to the next page."""
        found = page(model, body, rows, query)
        if found.next is not None:
            self.headers["Link"] = f'<{self.request.url.include_query_params(after=found.next)}>; rel="next"'
        return found

    def check(self, body: type[BaseModel], row: Any, version_id: int | None = None) -> None:
        """Raise a problem unless If-Match, or the `version_id` of the body, names the current version of the row.

        Lock the row before, so that nothing changes it until the unit of work ends.
        https://www.rfc-editor.org/rfc/rfc9110#field.if-match
        """
        wanted = ", ".join(self.if_match)
        if not self.if_match and version_id is None:
            raise ProblemError(PRECONDITION_REQUIRED)
        if self.if_match and wanted != "*":
            if not TAGS.fullmatch(wanted):
                raise HTTPException(400, "If-Match is neither * nor a list of entity tags")
            if etag(body.model_validate(row)) not in re.findall(TAG, wanted):
                raise ProblemError(PRECONDITION_FAILED)
        if version_id is not None and version_id != row.version_id:
            raise ProblemError(STALE_VERSION)


async def replies(request: Request, response: Response) -> Replies:
    """Return the builder of a response."""
    return Replies(request, response)


# Only documented here: `check` validates it, because a malformed header is a 400, not a 422.
SeenTag = Annotated[str, Field(json_schema_extra={"pattern": r'^(W/)?"[!#-~]*"$'})]
IfMatch = Annotated[tuple[SeenTag, ...], Header(min_length=1, description="ETags of what the client has seen, or *.")]


async def conditional_replies(request: Request, response: Response, if_match: IfMatch = ()) -> Replies:
    """Return the builder of the response to a conditional request."""
    return Replies(request, response, if_match)


Reply = Annotated[Replies, Depends(replies)]
ConditionalReply = Annotated[Replies, Depends(conditional_replies)]


def headers(status: int, **descriptions: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the headers of a response."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in descriptions.items()}
    return {status: {"headers": described}}


# For `responses=` of endpoints.
ETAG = "The entity tag of the response, for If-Match."
LISTED = headers(200, Link='The URL of the next page, with rel="next".')
ADDED = headers(201, Location="The URL of the new row.", ETag=ETAG) | problems(409)
SHOWN = headers(200, ETag=ETAG) | problems(404)
CHANGED = SHOWN | problems(400, 409, 412, 428)
REMOVED = problems(400, 404, 409, 412, 428)
