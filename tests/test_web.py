"""Tests of the web application on a real server: OpenAPI document, commits, overload."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql

from . import inside
from .answers import ROOT
from .clients import connection_to, execute, rows
from .conftest import Bake, NewDatabase
from .labs import DATABASES, Lab, new_lab
from .planting import Edit
from .projects import PACKAGE, environment_with, printed
from .servers import free_port, running, wait_for

PROJECT = f"{PACKAGE}.web.app:main"
# As web/limits.py says.
MAX_CONCURRENT_REQUESTS = {"sqlite": 4, "postgresql": 10, "mysql": 10}
STYLES = [(io, database) for io in ("sync", "async") for database in MAX_CONCURRENT_REQUESTS]

for_each_style = pytest.mark.parametrize(("io", "database"), STYLES)


@dataclass(frozen=True)
class Served:
    """A running application: a client of it, its process and its log."""

    client: httpx2.Client
    server: subprocess.Popen[bytes]
    log: Path


@contextmanager
def served(lab: Lab, application: str = PROJECT, *options: str, **environment: str) -> Iterator[Served]:
    """Start the command of a project's README for this application, on a free port."""
    log, port = lab.project / "uvicorn.log", free_port()
    paths = {"PYTHONPATH": f"{lab.project / 'src'}:{inside.PROGRAMS}", "PYTHONDONTWRITEBYTECODE": "1"}
    variables = environment_with(**paths, DATABASE_URL=lab.url, **environment)
    command = [sys.executable, "-m", "uvicorn", "--factory", application, "--port", port, *options]
    # In seconds, less than uvicorn's five: a connection that both close at once would fail a request.
    limits = httpx2.Limits(max_connections=None, keepalive_expiry=3)
    url = f"http://127.0.0.1:{port}"
    with (
        running(command, log, cwd=lab.project, env=variables) as server,
        httpx2.Client(base_url=url, timeout=30, limits=limits) as client,
    ):
        wait_for(lambda: is_live(client), server, log)
        yield Served(client, server, log)


def is_live(client: httpx2.Client) -> bool:
    """Return whether the server responds."""
    try:
        return client.get("/health/live").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture
def lab(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> Callable[..., Lab]:
    """Return a migrated project with a web application and these options."""

    def lab(**answers: str) -> Lab:
        lab = new_lab(bake, new_database, tmp_path, web="fastapi", **answers)
        lab.migrate("upgrade head")
        return lab

    return lab


# The command of the README


@pytest.mark.parametrize(
    "answers",
    [
        {"io": "sync", "database": "sqlite"},
        {"io": "async", "database": "mysql"},
        {"io": "sync", "database": "postgresql", "topology": "cluster"},
        {"io": "async", "database": "postgresql", "topology": "cluster"},
    ],
    ids=lambda answers: "-".join(answers.values()),
)
def test_a_server_starts_responds_and_stops_as_the_readme_says(
    answers: dict[str, str], bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, web="fastapi", **answers)
    assert f"uv run uvicorn --factory {PROJECT}\n" in (lab.project / "README.md").read_text("utf-8")

    with served(lab) as app:
        before = app.client.get("/health/ready")
        lab.migrate("upgrade head")
        after = app.client.get("/health/ready")
        added = app.client.post("/companies", json={"name": "Acme"}, headers={"X-Request-ID": "mine"})
        listed = app.client.get("/companies").json()
        app.server.send_signal(signal.SIGINT)
        app.server.wait(10)

    assert (before.status_code, after.status_code, added.status_code) == (503, 200, 201)
    assert [company["name"] for company in listed["items"]] == ["Acme"]
    lines = app.log.read_text("utf-8").splitlines()
    assert [line for line in lines if "[mine]" in line and '"POST /companies HTTP/1.1" 201' in line]
    assert "Finished server process" in lines[-1]
    assert "Traceback" not in "".join(lines)


def test_the_log_has_the_reason_why_a_server_is_not_ready_and_no_access_if_that_is_switched_off(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite", web="fastapi")

    with served(lab, UVICORN_ACCESS_LOG="false") as app:
        assert app.client.get("/health/ready").status_code == 503
        log = app.log.read_text("utf-8")

    assert "not ready: " in log
    assert "no such table: alembic_version" in log
    assert "GET /health/" not in log


def test_a_server_without_settings_says_what_to_do(bake: Bake) -> None:
    done = inside.python(bake(web="fastapi"), "-m", "uvicorn", "--factory", PROJECT)

    assert printed(done, returns=1).splitlines()[-1].startswith("DATABASE_URL: not set; copy .env.example to .env")


# The OpenAPI document


def test_the_document_has_the_name_the_description_and_the_version_of_the_project(lab: Callable[..., Lab]) -> None:
    here = lab(database="sqlite")
    installed = here.project / "src" / "my_project-1.2.3.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: my-project\nVersion: 1.2.3\nSummary: Pencils", "utf-8")

    with served(here) as app:
        info = app.client.get("/openapi.json").json()["info"]

    assert info == {"title": "my-project", "description": "Pencils", "version": "1.2.3"}


def test_location_and_link_have_the_prefix_of_the_path_that_a_proxy_takes_away(lab: Callable[..., Lab]) -> None:
    with served(lab(database="sqlite"), PROJECT, "--root-path", "/api/") as app:
        added = [app.client.post("/companies", json={"name": name}) for name in ("Acme", "Zeta")]
        listed = app.client.get("/companies?limit=1")

    assert added[0].headers["location"] == f"/api/companies/{added[0].json()['id']}"
    assert listed.links["next"]["url"].startswith("/api/companies?limit=1&after=")


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_front_end_of_another_origin_sees_problems_as_such(io: str, lab: Callable[..., Lab]) -> None:
    here = lab(io=io, database="postgresql")
    with psycopg.connect(here.url, autocommit=True) as connection:  # a bug: the code knows nothing of this rule
        connection.execute("ALTER TABLE companies ADD CHECK (name <> 'Bug')")
    origin = {"Origin": "https://app.example.com"}

    with served(here, CORS_ORIGINS="https://a.example.com https://app.example.com") as app:
        asked = app.client.options("/companies", headers=origin | {"Access-Control-Request-Method": "POST"})
        added, same, bug = (
            app.client.post("/companies", json={"name": name}, headers=origin | {"X-Request-ID": "mine"})
            for name in ("Acme", "Acme", "Bug")
        )
    log = app.log.read_text("utf-8")

    assert [response.status_code for response in (asked, added, same, bug)] == [200, 201, 409, 500]
    assert {response.headers["access-control-allow-origin"] for response in (asked, added, same, bug)} == {
        "https://app.example.com"
    }
    assert same.json()["errors"] == [{"location": "body/name", "detail": "Duplicate value"}]
    assert [line for line in log.splitlines() if "ERROR" in line and "[mine]" in line]
    assert "CheckViolation" in log
    assert "UniqueViolation" not in log


@pytest.mark.parametrize("io", ["sync", "async"])
@pytest.mark.parametrize("database", DATABASES)
def test_each_problem_has_its_type_and_location(io: str, database: str, lab: Callable[..., Lab]) -> None:
    here = lab(io=io, database=database)
    with served(here) as app:
        key = app.client.post("/companies", json={"name": "Acme"}).json()["id"]
        execute(
            here.url,
            "CREATE TABLE notes (company_id BIGINT, FOREIGN KEY (company_id) REFERENCES companies (id))",
            "INSERT INTO notes SELECT id FROM companies",
        )
        responses = [
            app.client.post("/companies", json={"name": "Acme"}),
            app.client.delete(f"/companies/{key}", headers={"If-Match": "*"}),
            app.client.post("/companies", content='{"name": '),
        ]

    assert [(each.status_code, each.json()["type"]) for each in responses] == [
        (409, "/problems/duplicate"),
        (409, "/problems/still-referenced"),
        (422, "/problems/validation"),
    ]
    assert [error["location"] for error in responses[-1].json()["errors"]] == ["body"]


def test_an_origin_with_a_path_is_refused(bake: Bake) -> None:
    environment = {"DATABASE_URL": "sqlite://", "CORS_ORIGINS": "https://app.example.com/"}
    done = inside.python(bake(database="sqlite", web="fastapi"), "-m", "uvicorn", "--factory", PROJECT, **environment)

    assert "CORS_ORIGINS: " in printed(done, returns=1)


@pytest.mark.parametrize("io", ["sync", "async"])
def test_echo_logs_each_statement_once_with_the_id_of_its_request(io: str, lab: Callable[..., Lab]) -> None:
    with served(lab(io=io, database="sqlite"), DATABASE_ECHO="true") as app:
        app.client.get("/companies", headers={"X-Request-ID": "mine"})
        log = app.log.read_text("utf-8")

    assert log.count("[mine] SELECT ") == log.count("FROM companies") == 1


@for_each_style
def test_schemathesis_finds_nothing(io: str, database: str, lab: Callable[..., Lab], tmp_path: Path) -> None:
    here = lab(io=io, database=database)

    with served(here) as app:
        url = f"{app.client.base_url}/openapi.json"
        config = ["--config-file", ROOT / "tests" / "data" / "schemathesis.toml"]
        options = ["--checks=all", "--max-examples=25", "--seed=1", "--workers=1", "--no-color"]
        done = inside.python(here.project, "-m", "schemathesis.cli", *config, "run", url, *options)

    printed(done)


# Commits


def companies_of_one_name(here: Lab) -> tuple[list[int], int]:
    """Add a company twice, where the second COMMIT fails; return both responses and the number of companies."""
    with psycopg.connect(here.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE companies DROP CONSTRAINT uq_companies_name")
        connection.execute("ALTER TABLE companies ADD UNIQUE (name) DEFERRABLE INITIALLY DEFERRED")
    with served(here) as app:
        answers = [app.client.post("/companies", json={"name": "Acme"}).status_code for _ in range(2)]
    return answers, len(rows(here.url, "SELECT id FROM companies"))


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_commit_that_the_database_refuses_is_never_a_success(io: str, lab: Callable[..., Lab]) -> None:
    assert companies_of_one_name(lab(io=io, database="postgresql")) == ([201, 409], 1)


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_commit_after_the_response_fails_unseen(io: str, lab: Callable[..., Lab]) -> None:
    """The other side of the promise: what FastAPI's default scope of a dependency does."""
    here = lab(io=io, database="postgresql")
    here.plant(Edit("web/units.py", ', scope="function"', ""))

    assert companies_of_one_name(here) == ([201, 201], 1)


@for_each_style
def test_one_of_many_changes_to_a_version_succeeds(io: str, database: str, lab: Callable[..., Lab]) -> None:
    with served(lab(io=io, database=database)) as app:
        company = app.client.post("/companies", json={"name": "Acme"}).json()

        def change(number: int) -> int:
            body = {"name": f"Acme {number}", "version_id": company["version_id"]}
            return app.client.patch(f"/companies/{company['id']}", json=body).status_code

        with ThreadPoolExecutor(8) as threads:
            answers = Counter(threads.map(change, range(8)))
        changed = app.client.get(f"/companies/{company['id']}").json()

    assert answers == {200: 1, 409: 7}
    assert changed["version_id"] == company["version_id"] + 1


def test_a_request_that_loses_a_race_is_told_to_send_it_again(lab: Callable[..., Lab]) -> None:
    here = lab(database="postgresql")
    with psycopg.connect(here.url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET lock_timeout = '200ms'").format(name))

    with served(here) as app, psycopg.connect(here.url) as other:
        company = app.client.post("/companies", json={"name": "Acme"}).json()
        change = {"name": "Birch", "version_id": company["version_id"]}
        other.execute("UPDATE companies SET name = name")
        lost = app.client.patch(f"/companies/{company['id']}", json=change)
        other.rollback()
        won = app.client.patch(f"/companies/{company['id']}", json=change)

    assert (lost.status_code, lost.headers["retry-after"], won.status_code) == (503, "1", 200)


@pytest.mark.parametrize("io", ["sync", "async"])
@pytest.mark.parametrize("database", DATABASES)
def test_one_of_many_changes_with_the_same_etag_succeeds(io: str, database: str, lab: Callable[..., Lab]) -> None:
    """Employees have no column for a version: the lock on the row is enough."""
    with served(lab(io=io, database=database)) as app, ThreadPoolExecutor(8) as threads:
        company = app.client.post("/companies", json={"name": "Acme"}).headers["location"]
        ada = app.client.post(f"{company}/employees", json={"name": "Ada", "email": "ada@example.com"})
        url, tag = ada.headers["location"], ada.headers["etag"]
        answers: Counter[int] = Counter()
        for turn in range(10):

            def change(hours: int, tag: str = tag) -> int:
                return app.client.patch(url, json={"weekly_hours": hours}, headers={"If-Match": tag}).status_code

            answers.update(threads.map(change, range(50 + 8 * turn, 58 + 8 * turn)))
            tag = app.client.get(url).headers["etag"]

    assert answers == {200: 10, 412: 70}


# A front end


@pytest.mark.parametrize("io", ["sync", "async"])
@pytest.mark.parametrize("database", DATABASES)
def test_a_front_end_lists_filters_adds_edits_and_removes(io: str, database: str, lab: Callable[..., Lab]) -> None:
    here = lab(io=io, database=database, primary_key="uuid" if io == "sync" else "integer")
    with served(here) as app:
        client = app.client
        # It follows Location.
        company = client.post("/companies", json={"name": "Acme"}).headers["location"]
        employees = f"{company}/employees"
        added = [
            client.post(employees, json={"name": name, "email": f"{name}@example.com", "role": role})
            for name, role in (("Cem", "manager"), ("Ada", "engineer"), ("Eva", "engineer"), ("Bob", "engineer"))
        ]
        assert [client.get(answer.headers["location"]).json() for answer in added] == [a.json() for a in added]

        # It lists, filters, sorts, and pages through by Link.
        found, url = [], f"{employees}?role=engineer&sort=-name&limit=2"
        while url:
            page = client.get(url)
            assert len(page.json()["items"]) <= 2
            found += [employee["name"] for employee in page.json()["items"]]
            url = page.links.get("next", {}).get("url", "")
        assert found == ["Eva", "Bob", "Ada"]
        assert [c["name"] for c in client.get("/companies", params={"name": "Acme"}).json()["items"]] == ["Acme"]
        wrong = client.get(employees, params={"sort": "salary"})
        assert (wrong.status_code, wrong.json()["errors"][0]["location"]) == (422, "query/sort")

        # It learns what a conflict is.
        duplicate = client.post("/companies", json={"name": "Acme"})
        assert (duplicate.status_code, duplicate.json()["type"]) == (409, "/problems/duplicate")

        # Two people edit the same employee; the second one has to look again.
        ada = added[1].headers["location"]
        seen = {"If-Match": client.get(ada).headers["etag"]}
        mine = client.patch(ada, json={"weekly_hours": 20}, headers=seen)
        theirs = client.patch(ada, json={"weekly_hours": 30}, headers=seen)
        blind = client.patch(ada, json={"weekly_hours": 30})
        again = client.patch(ada, json={"weekly_hours": 30}, headers={"If-Match": mine.headers["etag"]})
        assert [answer.status_code for answer in (mine, theirs, blind, again)] == [200, 412, 428, 200]
        assert theirs.json()["type"] == "/problems/stale-version"
        assert (again.json()["name"], again.json()["weekly_hours"]) == ("Ada", 30)

        # A client that knows numbers of versions sends one.
        first = client.get(company).json()["version_id"]
        answers = [client.patch(company, json={"name": name, "version_id": first}) for name in ("Birch", "Cedar")]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert answers[1].json()["type"] == "/problems/stale-version"

        # A malformed, weak or old tag changes nothing; a list of tags may name the last one.
        last = client.get(company).headers["etag"]
        for tags in ("", "Acme", last.strip('"'), f"{last} {last}", f"*, {last}", last[:-1], "W/", f"{last};"):
            assert client.delete(company, headers={"If-Match": tags}).status_code == 400, tags
        for tags in (f"W/{last}", '"x"', '""', '"x", W/"y"'):
            assert client.delete(company, headers={"If-Match": tags}).status_code == 412, tags
        assert client.patch(company, json={}, headers={"If-Match": f'"x" ,, W/"y",{last}'}).status_code == 200
        assert client.patch(company, json={}, headers=[("If-Match", '"x"'), ("If-Match", last)]).status_code == 200

        # The page of a company with its employees has no tag; removing the company removes them.
        overview = client.get(f"{company}/overview")
        assert (len(overview.json()["employees"]), overview.headers.get("etag")) == (4, None)
        assert client.delete(company, headers={"If-Match": last}).status_code == 204
        assert [client.get(url).status_code for url in (company, employees, ada)] == [404, 404, 404]


def test_every_endpoint_knows_its_own_query_parameters(bake: Bake) -> None:
    printed = inside.program(bake(web="fastapi"), "web_parameters")

    assert printed.splitlines() == [
        "below /: 422",
        "/words?word=a 200",
        "/words?number=1 422",
        "/numbers?number=1 200",
        "/numbers?word=a 422",
        "/renamed?a=1 422",
        "/v1/things/1?word=a 200",
        "/v1/things/1?surplus=a 422",
        "/v2/things/1?other=a 200",
        "/v2/things/1?word=a 422",
        "/socket?a=1 open",
    ]


def test_a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has(bake: Bake) -> None:
    assert inside.program(bake(web="fastapi"), "web_methods").splitlines() == [
        "/companies 405 GET, POST",
        "/companies/1 405 DELETE, GET, PATCH",
        "/health/ready 405 GET, HEAD",
        "/files/web_methods.py 405 GET, HEAD",
        '{"code":"ö","1,2":null}',
        "query/where",
    ]


@pytest.mark.parametrize("io", ["sync", "async"])
def test_health_checks_may_be_sent_as_head(io: str, lab: Callable[..., Lab]) -> None:
    with served(lab(io=io, database="sqlite")) as app:
        answers = [app.client.head(f"/health/{name}") for name in ("live", "ready")]
        document = app.client.get("/openapi.json").json()

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 2
    assert list(document["paths"]["/health/live"]) == ["get"]


def test_with_authentication_a_websocket_requires_a_token(bake: Bake) -> None:
    assert inside.program(bake(web="fastapi"), "web_sockets").split() == ["401", "401", "ada"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_a_value_that_the_database_writes_in_another_form_has_the_same_etag(
    database: str, lab: Callable[..., Lab]
) -> None:
    assert lab(database=database).program("web_etags") == "False True False"


def test_an_etag_has_every_digit_and_values_that_only_a_body_can_write(bake: Bake) -> None:
    assert inside.program(bake(web="fastapi"), "web_digests").split() == ["False", "True", "False", "True"]


def openapi_of(project: Path) -> Any:
    """Return the OpenAPI document of a project."""
    program = "import json; from my_project.settings import Settings; from my_project.web.app import make_app; "
    program += "print(json.dumps(make_app(Settings(database_url='sqlite://')).openapi()))"
    return json.loads(inside.python(project, "-c", program).stdout)


def test_every_endpoint_documents_that_it_refuses_unknown_query_parameters(bake: Bake) -> None:
    document = openapi_of(bake(web="fastapi"))

    described = [
        operation["responses"].get("422", {}).get("content")
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(described) > 10
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    assert [each for each in described if each != {"application/problem+json": problem}] == []
    assert [name for name in document["components"]["schemas"] if "ValidationError" in name] == []


def test_the_document_describes_headers_sorts_and_preconditions(bake: Bake) -> None:
    paths = openapi_of(bake(web="fastapi"))["paths"]

    described = {
        (path, method): {name for answer in operation["responses"].values() for name in answer.get("headers", ())}
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    for path in ("/companies", "/companies/{company_id}/employees"):
        assert described[path, "get"] == {"Link"}
        assert described[path, "post"] == {"Location", "ETag"}
        [sort] = [each for each in paths[path]["get"]["parameters"] if each["name"] == "sort"]
        assert sort["schema"]["enum"] == ["id", "-id", "name", "-name"]
    for path in ("/companies/{key}", "/employees/{key}"):
        assert described[path, "get"] == described[path, "patch"] == {"ETag"}
        for method in ("patch", "delete"):
            assert {"400", "404", "409", "412", "428"} <= paths[path][method]["responses"].keys()
            assert "If-Match" in [each["name"].title() for each in paths[path][method]["parameters"]]


# Load


@dataclass(frozen=True)
class Load:
    """The responses to many concurrent requests."""

    statuses: Counter[int]
    retry_after: set[str | None]
    slowest: float
    ready: float


def loaded(app: Served, requests: int, seconds: float) -> Load:
    """Send many requests at once, each of which holds a connection, and meanwhile ask whether the server is ready."""

    def timed(path: str, **params: Any) -> tuple[httpx2.Response, float]:
        began = time.monotonic()
        return app.client.get(path, params=params), time.monotonic() - began

    with ThreadPoolExecutor(requests + 4) as threads:
        futures = [threads.submit(timed, "/hold", seconds=seconds) for _ in range(requests)]
        wait(futures, return_when=FIRST_COMPLETED)  # by then the server has them, also on a busy machine
        # the slowest of some: a pool may give a connection to the one that comes just then
        checks = [threads.submit(timed, "/health/ready") for _ in range(4)]
        ready = max(check.result()[1] for check in checks)
        answers = [future.result() for future in futures]
    assert all("X-Request-ID" in response.headers for response, _ in answers)
    refused = {response.headers.get("retry-after") for response, _ in answers if response.status_code == 503}
    return Load(Counter(r.status_code for r, _ in answers), refused, max(took for _, took in answers), ready)


@for_each_style
def test_more_requests_than_connections_are_told_to_come_back(io: str, database: str, lab: Callable[..., Lab]) -> None:
    with served(lab(io=io, database=database), f"web_{io}:main") as app:
        load = loaded(app, 100, 0.7)
        lent = app.client.get("/lent").json()
        after = app.client.get("/companies").status_code

    assert load.statuses.keys() == {200, 503}
    # Those at once, and as many again within the wait, if the machine is not busy.
    assert MAX_CONCURRENT_REQUESTS[database] <= load.statuses[200] <= 4 * MAX_CONCURRENT_REQUESTS[database]
    assert load.retry_after == {"1"}
    # If they piled up, the last of 100 would take 7 seconds with 10 connections, and the readiness check would wait.
    assert load.slowest < 5
    assert load.ready < 2
    assert (lent, after) == (0, 200)


@pytest.mark.parametrize("io", ["sync", "async"])
def test_without_a_concurrency_limit_they_pile_up(io: str, lab: Callable[..., Lab]) -> None:
    with served(lab(io=io, database="sqlite"), f"web_{io}:main", MAX_CONCURRENT_REQUESTS="1000") as app:
        load = loaded(app, 40, 0.7)

    assert load.statuses == {200: 40}
    assert load.slowest > 3  # 5 connections
    assert load.ready > 2


@pytest.mark.parametrize("io", ["sync", "async"])
def test_a_writer_waits_for_the_lock_no_longer_than_a_statement_may_take(io: str, lab: Callable[..., Lab]) -> None:
    used = lab(io=io, database="sqlite")
    with served(used, STATEMENT_TIMEOUT="1") as app, connection_to(used.url) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        refused = app.client.post("/companies", json={"name": "Acme"})
        waited = time.monotonic() - began

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert waited < 10  # not 30


@pytest.mark.parametrize("io", ["sync", "async"])
def test_readers_are_served_while_writers_wait_for_the_lock(io: str, lab: Callable[..., Lab]) -> None:
    used = lab(io=io, database="sqlite")
    writers = 3 * MAX_CONCURRENT_REQUESTS["sqlite"]
    with served(used) as app, ThreadPoolExecutor(writers) as threads:
        with connection_to(used.url) as other:
            other.execute("BEGIN IMMEDIATE")
            added = [threads.submit(app.client.post, "/companies", json={"name": f"{n}"}) for n in range(writers)]
            wait(added, return_when=FIRST_COMPLETED)  # a refused one: by then others have waited, and wait on
            listed = [app.client.get("/companies").status_code for _ in range(20)]
        statuses = Counter(each.result().status_code for each in added)

    assert listed == [200] * 20
    assert statuses.keys() == {201, 503}
    assert {each.result().json()["type"] for each in added if each.result().status_code == 503} == {"/problems/busy"}


@for_each_style
def test_clients_that_go_away_leave_no_connection_behind(io: str, database: str, lab: Callable[..., Lab]) -> None:
    left = MAX_CONCURRENT_REQUESTS[database] - 1  # one is for /lent
    with served(lab(io=io, database=database), f"web_{io}:main") as app:

        def leave(_number: int) -> None:
            with pytest.raises(httpx2.ReadTimeout):
                app.client.get("/hold", params={"seconds": 4}, timeout=2)

        with ThreadPoolExecutor(10) as threads:
            list(threads.map(leave, range(left)))
        during = app.client.get("/lent").json()
        time.sleep(4)
        after = app.client.get("/lent").json()

    assert (during, after) == (left, 0)


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_a_request_that_is_cancelled_gives_its_connection_back(database: str, lab: Callable[..., Lab]) -> None:
    assert lab(io="async", database=database).program("web_cancelled") == "1 0"


# Stopping


@pytest.mark.parametrize("io", ["sync", "async"])
def test_before_a_server_stops_it_is_not_ready_and_its_requests_finish(io: str, lab: Callable[..., Lab]) -> None:
    with (
        served(lab(io=io, database="sqlite"), f"web_{io}:main", STOP_DELAY="2") as app,
        ThreadPoolExecutor(1) as threads,
    ):
        held = threads.submit(app.client.get, "/hold", params={"seconds": 4})
        time.sleep(0.5)
        app.server.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        ready = app.client.get("/health/ready").status_code
        meanwhile = app.client.get("/companies").status_code
        finished = held.result().status_code
        app.server.wait(10)

    assert (ready, meanwhile, finished) == (503, 200, 200)
    log = app.log.read_text("utf-8")
    assert "Finished server process" in log
    assert "Traceback" not in log
