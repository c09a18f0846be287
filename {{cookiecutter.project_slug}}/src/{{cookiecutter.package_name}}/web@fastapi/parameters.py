"""Refuse unknown query parameters, like unknown fields of a body."""

from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


@cache
def known(app: FastAPI, name: str) -> frozenset[str]:
    """Return the names of the query parameters of an endpoint."""
    document: dict[str, Any] = app.openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    return frozenset(
        parameter["name"]
        for operation in operations
        if operation["operationId"] == name
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    )


async def refuse_unknown_parameters(request: Request) -> None:
    """Respond with 422 to an unknown query parameter, such as a filter with a typo."""
    if not request.query_params:
        return
    unknown = request.query_params.keys() - known(request.app, request.scope["route"].name)
    if unknown:
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in sorted(unknown)])
