"""Unknown query parameters are refused, as unknown fields of a body are."""

from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


@cache
def known(app: FastAPI, name: str) -> frozenset[str]:
    """Return the query parameters of an endpoint."""
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
    """Answer 422 to a query parameter that the endpoint does not have, such as a filter with a typing mistake."""
    if not request.query_params:
        return
    unknown = request.query_params.keys() - known(request.app, request.scope["route"].name)
    if unknown:
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in sorted(unknown)])
