"""Refuse unknown query parameters, like unknown fields of a body."""

from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


@cache
def known(app: FastAPI) -> dict[str, frozenset[str]]:
    """Return the names of the query parameters of each endpoint of the OpenAPI document."""
    document: dict[str, Any] = app.openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    return {
        operation["operationId"]: frozenset(
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        )
        for operation in operations
    }


async def refuse_unknown_parameters(request: Request) -> None:
    """Respond with 422 to an unknown query parameter, such as a filter with a typo."""
    if not request.query_params:
        return
    given = request.query_params.keys()
    unknown = given - known(request.app).get(request.scope["route"].name, given)  # an undocumented endpoint takes all
    if unknown:
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in sorted(unknown)])
