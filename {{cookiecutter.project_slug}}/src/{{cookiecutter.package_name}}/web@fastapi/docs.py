"""Swagger UI at `/docs`, which works without the internet: a package brings its files.

https://fastapi.tiangolo.com/how-to/custom-docs-ui-assets/
"""

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles


def serve_docs(app: FastAPI) -> None:
    """Serve Swagger UI, and redirect `/` to it. URLs are relative, so that a proxy may add a prefix."""
    app.mount("/swagger-ui", StaticFiles(packages=[("fastapi_swagger", "resources")]))

    async def to_docs(_request: Request) -> Response:
        return RedirectResponse("docs")

    async def docs(_request: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="swagger-ui/swagger-ui.css",
            swagger_favicon_url="swagger-ui/favicon-32x32.png",
        )

    # No endpoints of FastAPI, so they need no token.
    app.add_route("/", to_docs, include_in_schema=False)
    app.add_route("/docs", docs, include_in_schema=False)
