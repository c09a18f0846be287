"""Refuse unknown query parameters, like unknown fields of a body."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import HTTPConnection


@cache
def known(app: FastAPI, path: str, method: str) -> frozenset[str] | None:
    """Return the names of the query parameters of an endpoint; None if the OpenAPI document lacks the endpoint."""
    operation: dict[str, Any] | None = app.openapi()["paths"].get(path, {}).get(method)
    if operation is None:
        return None
    return frozenset(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")


async def refuse_unknown_parameters(connection: HTTPConnection) -> None:
    """Respond with 422 to an unknown query parameter, such as a filter with a typo."""
    given = connection.query_params.keys()
    if not given:
        return
    names = known(connection.app, connection.scope["route"].path_format, connection.scope.get("method", "").lower())
    if unknown := [] if names is None else sorted(given - names):
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in unknown])
