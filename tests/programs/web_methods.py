"""Requests with methods that paths do not have: `web_methods.py` prints the status and the methods that they have.

It also prints the detail of a response whose HTTPException has one that is no string, and the location of a parameter
that is no JSON.
"""
# mypy: disable-error-code="import-not-found, untyped-decorator"

from pathlib import Path

from fastapi import HTTPException
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from my_project.web.app import make_app
from my_project.web.settings import WebSettings
from pydantic import Json

app = make_app(WebSettings(database_url="sqlite://"))
app.mount("/files", StaticFiles(directory=Path(__file__).parent))


@app.get("/refused")
async def refused() -> None:
    raise HTTPException(400, {"code": "ö", (1, 2): float("nan")})


@app.get("/search")
async def search(where: Json[dict[str, int]]) -> None:
    pass


with TestClient(app) as client:
    for path in ("/companies", "/companies/1", "/health/ready", "/files/web_methods.py"):
        response = client.put(path)
        print(path, response.status_code, response.headers["Allow"])
    print(client.get("/refused").json()["detail"])
    print(client.get("/search?where={").json()["errors"][0]["location"])
