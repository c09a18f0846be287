"""A WebSocket of an application with authentication: what clients get without a token, with a bad and a good one."""
# mypy: disable-error-code="import-not-found, untyped-decorator"

from fastapi import WebSocket
from fastapi.testclient import TestClient
from my_project.web.app import make_app
from my_project.web.authentication import Caller
from my_project.web.settings import WebSettings
from starlette.testclient import WebSocketDenialResponse

app = make_app(WebSettings(database_url="sqlite://"), authenticate={"good": {"sub": "ada"}}.get)


@app.websocket("/greetings")
async def greet(socket: WebSocket, caller: Caller) -> None:
    await socket.accept()
    await socket.send_text(str(caller["sub"]))
    await socket.close()


with TestClient(app) as client:
    for headers in ({}, {"Authorization": "Bearer bad"}, {"Authorization": "Bearer good"}):
        try:
            with client.websocket_connect("/greetings", headers=headers) as connection:
                print(connection.receive_text())
        except WebSocketDenialResponse as denied:
            print(denied.status_code)
