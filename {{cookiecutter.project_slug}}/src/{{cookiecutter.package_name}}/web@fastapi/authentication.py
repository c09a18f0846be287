"""Authentication: a bearer token, verified by the function that `make_app` gets."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

Claims = Mapping[str, Any]
# Returns what a token says, or None if it is not valid. It runs in a thread, so it may wait for a network.
Authenticate = Callable[[str], Claims | None]


def authenticated(request: Request, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> Claims:
    """Return what the token of a request says; without a valid one the answer is 401."""
    authenticate: Authenticate | None = request.app.state.authenticate
    claims = authenticate(bearer.credentials) if authenticate else None
    if claims is None:
        # https://www.rfc-editor.org/rfc/rfc6750#section-3
        raise HTTPException(401, "the token is not valid", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return claims


# The caller, for endpoints: `async def add(caller: Caller) -> ...`.
Caller = Annotated[Claims, Depends(authenticated)]
