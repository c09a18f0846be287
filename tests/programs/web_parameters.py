"""Endpoints of one name, of another operation id, behind two prefixes, and for WebSockets: `web_parameters.py`.

Prints the status of requests with query parameters, and what the WebSocket says.
"""
# mypy: disable-error-code="import-not-found, untyped-decorator"

from fastapi import APIRouter, WebSocket
from fastapi.testclient import TestClient
from my_project.web.app import make_app
from my_project.web.parameters import StrictRoute
from my_project.web.settings import WebSettings

app = make_app(WebSettings(database_url="sqlite://"))


@app.get("/words")
async def search(word: str = "") -> None:
    """Have the same name as the next one."""


@app.get("/numbers", name="search")
async def search_numbers(number: int = 0) -> None:
    """Have the same name as the one before."""


@app.get("/renamed", operation_id="another")
async def renamed() -> None:
    """Have another id in the document."""


inner, outer = APIRouter(prefix="/things", route_class=StrictRoute), APIRouter(prefix="/v1")


@inner.get("/{number}")
async def thing(number: int, word: str = "") -> None:
    """Have a prefix that its own router does not know."""


later = APIRouter(prefix="/things", route_class=StrictRoute)


@later.get("/{number}", name="thing")
async def later_thing(number: int, other: str = "") -> None:
    """Have the same name and the same end of the path."""


outer.include_router(inner)
app.include_router(outer)
app.include_router(later, prefix="/v2")


@app.websocket("/socket")
async def socket(websocket: WebSocket) -> None:
    """Say something."""
    await websocket.accept()
    await websocket.send_text("open")
    await websocket.close()


with TestClient(app, root_path="/") as client:
    print("below /:", client.get("/words?number=1").status_code)
with TestClient(app) as client:
    for url in ("/words?word=a", "/words?number=1", "/numbers?number=1", "/numbers?word=a", "/renamed?a=1"):
        print(url, client.get(url).status_code)
    for url in ("/v1/things/1?word=a", "/v1/things/1?surplus=a", "/v2/things/1?other=a", "/v2/things/1?word=a"):
        print(url, client.get(url).status_code)
    with client.websocket_connect("/socket?a=1") as websocket:
        print("/socket?a=1", websocket.receive_text())
