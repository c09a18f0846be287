"""Refuse unknown query parameters, like unknown fields of a body: `APIRouter(route_class=StrictRoute)`."""

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute


@cache
def known(app: FastAPI, path: str, name: str, method: str) -> frozenset[str] | None:
    """Return the names of the query parameters of an endpoint; None if the OpenAPI document lacks the endpoint.

    FastAPI tells a route nothing of the prefixes of the routers around its own, so `path` is the end of the path.
    """
    for whole, operations in app.openapi()["paths"].items():
        operation: dict[str, Any] = operations.get(method, {})
        if whole.endswith(path) and operation.get("operationId") == name:
            return frozenset(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
    return None


def refuse_unknown_parameters(request: Request) -> None:
    """Respond with 422 to an unknown query parameter, such as a filter with a typo."""
    route = request.scope["route"]
    name = route.operation_id or route.name  # its operation id, as app.py has it
    names = known(request.app, route.path_format, name, request.method.lower())
    if unknown := [] if names is None else sorted(request.query_params.keys() - names):
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in unknown])


class StrictRoute(APIRoute):
    """A route that refuses unknown query parameters; a dependency would cost each request more, also without any.

    https://fastapi.tiangolo.com/how-to/custom-request-and-route/
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def refuse_or_handle(request: Request) -> Response:
            if request.scope["query_string"]:
                refuse_unknown_parameters(request)
            return await handle(request)

        return refuse_or_handle
