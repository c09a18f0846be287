"""How often requests wait for the database, as JSON: `counts_web.py URL`; see turns.py."""
# mypy: disable-error-code="import-not-found"

import json
import sys
from collections.abc import Callable
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
    """Count the tenth of ten: by then statements are prepared."""
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
            for _ in range(10):
                before = counter.count
                send()
            found[name] = counter.count - before
        last = [added().headers["location"] for _ in range(10)]
        for location in last:
            before = counter.count
            assert client.delete(location, headers={"If-Match": "*"}).status_code == 204
        found["remove"] = counter.count - before
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
