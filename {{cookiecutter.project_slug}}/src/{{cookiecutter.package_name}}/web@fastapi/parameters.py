"""Unknown query parameters are refused, as unknown fields of a body are."""

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError


async def refuse_unknown_parameters(request: Request) -> None:
    """Answer 422 to a query parameter that the endpoint does not have, such as a filter with a typing mistake."""
    if not request.query_params:
        return
    document: dict[str, Any] = request.app.openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    parameters = [
        parameter
        for operation in operations
        if operation["operationId"] == request.scope["route"].name
        for parameter in operation.get("parameters", ())
    ]
    unknown = request.query_params.keys() - {p["name"] for p in parameters if p["in"] == "query"}
    if unknown:
        message = "Extra inputs are not permitted"  # as for a field
        raise RequestValidationError([{"loc": ("query", name), "msg": message} for name in sorted(unknown)])
