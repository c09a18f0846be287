"""How often requests wait for the database, as JSON: `counts_web.py URL`; see turns.py."""
# mypy: disable-error-code="import-not-found"

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count

import httpx2
from fastapi.testclient import TestClient
from my_project.db.dialect import BLOCKING_DRIVER
from my_project.db.engine import with_driver
from my_project.models import Base
from my_project.web.app import make_app
from my_project.web.settings import WebSettings
from sqlalchemy import create_engine, make_url
from turns import counted

NUMBERS = count(1)


def main(url: str) -> None:
    """Count the fewest of ten: statements are prepared by then, and a connection that was idle is pinged."""
    engine = create_engine(with_driver(url, BLOCKING_DRIVER))
    Base.metadata.create_all(engine)
    engine.dispose()
    found = {}
    with (
        counted(make_url(url)) as (watched, counter),
        TestClient(make_app(WebSettings(database_url=watched))) as client,
    ):

        def added() -> httpx2.Response:
            return client.post("/companies", json={"name": f"Company {next(NUMBERS)}"})

        def remove(location: str) -> httpx2.Response:
            return client.delete(location, headers={"If-Match": "*"})

        def waits(send: Callable[[], object]) -> int:
            before: int = counter.count
            send()
            return int(counter.count) - before

        first = added().headers["location"]
        client.post(f"{first}/employees", json={"name": "Ada", "email": "ada@example.com"})
        routes: dict[str, Callable[[], httpx2.Response]] = {
            "list": lambda: client.get("/companies"),
            "show": lambda: client.get(first),
            "overview": lambda: client.get(f"{first}/overview"),
            "missing": lambda: client.get("/companies/1000000"),
            "invalid": lambda: client.post("/companies", json={}),
            "add": added,
            "duplicate": lambda: client.post("/companies", json={"name": "Company 1"}),
            "change": lambda: client.patch(first, json={"name": f"Other {next(NUMBERS)}"}, headers={"If-Match": "*"}),
            "list employees": lambda: client.get(f"{first}/employees"),
        }
        for name, send in routes.items():
            found[name] = min(waits(send) for _ in range(10))
        found["remove"] = min(waits(partial(remove, added().headers["location"])) for _ in range(10))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
