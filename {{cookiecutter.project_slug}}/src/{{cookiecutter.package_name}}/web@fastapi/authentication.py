"""Authentication by bearer tokens, which the function `authenticate` of `make_app` verifies."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

Claims = Mapping[str, Any]
# Returns the claims of a token, or None for an invalid one. It runs in a thread, so it may use the network.
Authenticate = Callable[[str], Claims | None]


def authenticated(
    request: HTTPConnection,  # of a WebSocket, too
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> Claims:
    """Return the claims of the request's token; respond with 401 if there is no valid one."""
    authenticate: Authenticate | None = request.app.state.authenticate
    claims = authenticate(bearer.credentials) if authenticate else None
    if claims is None:
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        raise HTTPException(401, "the token is not valid", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return claims


# The caller, for endpoints: `async def add(caller: Caller) -> ...`.
Caller = Annotated[Claims, Depends(authenticated)]
