"""Refuse unknown query parameters, like unknown fields of a body: `APIRouter(route_class=StrictRoute)`."""

import re
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.routing import compile_path


@cache
def known(app: FastAPI, path: str, path_format: str, method: str) -> list[tuple[re.Pattern[str], frozenset[str]]]:
    """Return the patterns of all paths in the OpenAPI document that end as a route does, with their query parameters.

    FastAPI tells a route nothing of the prefixes of the routers around its own.
    """
    return [
        (
            compile_path(whole.removesuffix(path_format) + path)[0],
            frozenset(each["name"] for each in operations[method].get("parameters", ()) if each["in"] == "query"),
        )
        for whole, operations in app.openapi()["paths"].items()
        if whole.endswith(path_format) and method in operations
    ]


def refuse_unknown_parameters(request: Request) -> None:
    """Respond with 422 to an unknown query parameter, such as a filter with a typo."""
    route = request.scope["route"]
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "").rstrip("/"))
    for pattern, names in known(request.app, route.path, route.path_format, request.method.lower()):
        if pattern.match(path):
            message = "Extra inputs are not permitted"  # as for a field
            unknown = sorted(request.query_params.keys() - names)
            if errors := [{"loc": ("query", name), "msg": message} for name in unknown]:
                raise RequestValidationError(errors)
            return


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
