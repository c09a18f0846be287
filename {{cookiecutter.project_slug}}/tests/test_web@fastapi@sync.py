"""Tests of the web application: units of work, errors, pagination, health."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy import URL, Engine, select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.keys import Key
from {{ cookiecutter.package_name }}.db.session import (
    SessionFactory,
    make_engine,
    make_sessions,
    transaction,
)
from {{ cookiecutter.package_name }}.web import migrated
from {{ cookiecutter.package_name }}.web.app import make_app, with_cors
from {{ cookiecutter.package_name }}.web.authentication import Caller
from {{ cookiecutter.package_name }}.web.migrated import is_migrated, revisions
from {{ cookiecutter.package_name }}.web.pages import ListQuery, Page, page, page_of
from {{ cookiecutter.package_name }}.web.settings import WebSettings
from {{ cookiecutter.package_name }}.web.units import ReadSession, WriteSession

from tests.db.samples import Sample
from tests.serving import client_of

PROBLEM = "application/problem+json"

# Takes minutes.
SLOW = text(
    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
    "SELECT sum(a.i + b.i + c.i + d.i) FROM n a, n b, n c, n d"
)


class SampleBody(BaseModel):
    """The body of a sample."""

    model_config = ConfigDict(from_attributes=True)

    id: Key
    name: str


class SampleQuery(ListQuery[Literal["id", "at", "-at"]]):
    """The query parameters of the list of samples."""


@pytest.fixture
def app(database_url: URL) -> FastAPI:
    """Return the application, with endpoints for samples."""
    app = make_app(WebSettings(database_url=database_url))

    @app.post("/samples/{name}", status_code=201)
    def add(name: str, session: WriteSession) -> None:
        session.add(Sample(name=name))

    @app.post("/refused/{name}")
    def add_and_refuse(name: str, session: WriteSession) -> None:
        session.add(Sample(name=name))
        session.flush()
        raise HTTPException(403, "not allowed")

    @app.post("/lost/{name}")
    def lose(name: str, session: WriteSession) -> None:
        session.add(Sample(name=name))
        session.flush()
        raise StaleDataError

    @app.post("/bug")
    def store_nothing(session: WriteSession) -> None:
        session.add(Sample(name=None))  # type: ignore[arg-type]

    @app.get("/samples")
    def look(query: Annotated[SampleQuery, Query()], session: ReadSession) -> Page[SampleBody]:
        rows = session.execute(page_of(Sample, SampleBody, query)).mappings().all()
        return page(Sample, SampleBody, rows, query)

    @app.get("/writing")
    def write_while_reading(session: ReadSession) -> None:
        session.add(Sample(name="written"))

    @app.get("/slow")
    def count(session: ReadSession) -> None:
        session.execute(SLOW)

    @app.get("/broken")
    def fail() -> None:
        raise ZeroDivisionError("secret")

    return app


@pytest.fixture
def client(app: FastAPI, sessions: SessionFactory) -> TestClient:
    """Return a client of the application."""
    return client_of(app, sessions)


def names(session: Session) -> list[str]:
    """Return the names of all samples."""
    return list(session.scalars(select(Sample.name).order_by(Sample.name)))


# The unit of work


def test_a_request_is_committed_when_its_response_arrives(client: TestClient, session: Session) -> None:
    response = client.post("/samples/kept")

    assert response.status_code == 201
    assert names(session) == ["kept"]


def test_a_commit_that_fails_is_never_a_success(client: TestClient, session: Session) -> None:
    client.post("/samples/same")

    response = client.post("/samples/same")

    assert (response.status_code, response.headers["content-type"]) == (409, PROBLEM)
    assert response.json()["type"] == "/problems/duplicate"
    assert names(session) == ["same"]


def test_an_error_undoes_the_request(client: TestClient, session: Session) -> None:
    response = client.post("/refused/gone")

    assert (response.status_code, response.json()["detail"]) == (403, "not allowed")
    assert names(session) == []


def test_a_row_that_another_request_changed_is_a_conflict(client: TestClient, session: Session) -> None:
    response = client.post("/lost/gone")

    assert (response.status_code, response.json()["type"]) == (409, "/problems/stale-version")
    assert names(session) == []


def test_a_request_that_reads_cannot_write(
    app: FastAPI, sessions: SessionFactory, engine: Engine, session: Session
) -> None:
    reading = make_engine(engine.url, read_only=True)
    client = client_of(app, sessions, make_sessions(reading), raises=False)

    assert client.get("/samples").status_code == 200
    assert client.get("/writing").status_code == 500
    reading.dispose()
    assert names(session) == []


def test_a_statement_that_takes_too_long_is_cancelled(app: FastAPI, engine: Engine) -> None:
    hasty = make_engine(engine.url, read_only=True, statement_timeout=0.2, pool_size=1, max_overflow=0)
    client = client_of(app, make_sessions(hasty))

    slow = client.get("/slow")

    assert (slow.status_code, slow.json()["type"]) == (504, "/problems/timeout")
    assert (client.get("/samples")).status_code == 200  # the same connection
    hasty.dispose()


# Problems


def test_an_invalid_request_learns_which_value_is_wrong(client: TestClient) -> None:
    response = client.get("/samples", params={"limit": 1000})

    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    problem = response.json()
    assert (problem["status"], problem["type"]) == (422, "/problems/validation")
    assert problem["errors"] == [{"location": "query/limit", "detail": "Input should be less than or equal to 100"}]


def test_a_missing_path_is_a_problem_as_well(client: TestClient) -> None:
    response = client.get("/nowhere")

    assert response.headers["content-type"] == PROBLEM
    assert response.json() == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}


def test_an_unexpected_error_is_in_the_log_only(app: FastAPI, sessions: SessionFactory) -> None:
    response = client_of(app, sessions, raises=False).get("/broken")

    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert "secret" not in response.text
    assert response.headers["x-request-id"]


def test_a_constraint_that_no_client_can_violate_is_a_bug(app: FastAPI, sessions: SessionFactory) -> None:
    response = client_of(app, sessions, raises=False).post("/bug")

    assert (response.status_code, response.json()["type"]) == (500, "about:blank")


def test_every_endpoint_refuses_an_unknown_query_parameter(app: FastAPI, client: TestClient) -> None:
    operations = [(method, path) for path, methods in app.openapi()["paths"].items() for method in methods]
    for method, path in operations:
        response = client.request(method, re.sub("{.+?}", "1", path), params={"surplus": "x"})

        assert (response.status_code, response.json()["type"]) == (422, "/problems/validation"), path
        assert [error["location"] for error in response.json()["errors"]] == ["query/surplus"]
    docs = client.get("/docs", params={"theme": "dark"})
    assert docs.status_code == 200  # it is in no OpenAPI document


def test_every_error_is_documented_as_a_problem(app: FastAPI) -> None:
    operations = [operation for path in app.openapi()["paths"].values() for operation in path.values()]

    errors = [
        response for operation in operations for status, response in operation["responses"].items() if status >= "400"
    ]

    assert all("500" in operation["responses"] for operation in operations)
    assert {media_type for response in errors for media_type in response["content"]} == {PROBLEM}


# Clients


def test_swagger_ui_needs_no_internet(client: TestClient) -> None:
    page = client.get("/", follow_redirects=True)

    assert page.url.path == "/docs"
    assert re.findall(r"https?://[^\"']+", page.text) == []
    for asset in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert (client.get(f"/{asset}")).status_code == 200


def test_a_front_end_of_another_origin_may_read_responses_and_their_headers(app: FastAPI) -> None:
    client = TestClient(with_cors(app, "https://app.example.com"))

    allowed = client.get("/health/live", headers={"Origin": "https://app.example.com"})
    refused = client.get("/health/live", headers={"Origin": "https://evil.example.com"})

    assert allowed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "X-Request-ID" in allowed.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in refused.headers


def test_with_authentication_an_endpoint_requires_a_token(database_url: URL, sessions: SessionFactory) -> None:
    app = make_app(WebSettings(database_url=database_url), authenticate={"good": {"sub": "ada"}}.get)
    router = APIRouter()

    @router.get("/closed")
    async def closed() -> None:
        pass

    @app.get("/me")
    async def me(caller: Caller) -> str:
        return str(caller["sub"])

    app.include_router(router)
    client = client_of(app, sessions)

    wanted = client.get("/closed")
    bad = client.get("/me", headers={"Authorization": "Bearer bad"})
    good = client.get("/me", headers={"Authorization": "Bearer good"})
    open_ones = [client.get(path) for path in ("/docs", "/openapi.json", "/health/live")]

    assert [r.status_code for r in (wanted, bad, good, *open_ones)] == [401, 401, 200, 200, 200, 200]
    assert wanted.headers["www-authenticate"].startswith("Bearer")
    assert good.json() == "ada"


# Ids


def test_a_request_keeps_the_id_of_its_caller(client: TestClient) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": "caller:7"})

    assert response.headers["x-request-id"] == "caller:7"


@pytest.mark.parametrize("given", ["", "two words", "x" * 65])
def test_an_unsafe_request_id_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/health/live", headers={"X-Request-ID": given})

    assert response.headers["x-request-id"] not in ("", given)


# Pages


@pytest.mark.parametrize("sort", ["id", "at", "-at"])
def test_pages_contain_each_row_once_and_cost_one_statement(
    client: TestClient, sessions: SessionFactory, statements: list[str], sort: str
) -> None:
    days = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), None]
    with transaction(sessions) as session:
        session.add_all([Sample(name=str(number), at=days[number % 3]) for number in range(9)])
    statements.clear()

    pages = [client.get("/samples", params={"limit": 2, "sort": sort}).json()]
    while pages[-1]["next"] is not None:
        query = {"limit": 2, "sort": sort, "after": pages[-1]["next"]}
        pages.append(client.get("/samples", params=query).json())

    found = "".join(item["name"] for page in pages for item in page["items"])
    assert found == {"id": "012345678", "at": "036147258", "-at": "852741630"}[sort]
    assert len(statements) == len(pages) == 5


@pytest.mark.parametrize("after", ["", "1", "null", "WzEsMSwxXQ", "ÿ", "x" * 999])
def test_an_invalid_cursor_is_refused(client: TestClient, after: str) -> None:
    response = client.get("/samples", params={"after": after})

    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "query/after"


# Health


def test_a_migrated_database_is_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_a_database_that_is_behind_is_not_ready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _, known = revisions()
    monkeypatch.setattr(migrated, "revisions", lambda: (frozenset({"next"}), known | {"next"}))

    response = client.get("/health/ready")

    assert response.status_code == 503


def test_a_database_that_is_ahead_is_ready() -> None:
    newest, _ = revisions()

    assert is_migrated(set(newest))
    assert is_migrated({"a revision of the next release"})


def test_a_stopping_process_is_not_ready(app: FastAPI, client: TestClient) -> None:
    app.state.is_stopping = True

    assert (client.get("/health/ready")).status_code == 503
    assert (client.get("/health/live")).status_code == 200


def test_an_unreachable_database_is_not_ready(app: FastAPI, database_url: URL) -> None:
    engine = make_engine(database_url.set(database="missing/nowhere"))

    response = client_of(app, make_sessions(engine)).get("/health/ready")

    assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM)
    engine.dispose()


def test_a_server_opens_the_database_of_its_settings(app: FastAPI) -> None:
    with TestClient(app) as client:
        assert client.get("/health/ready").status_code == 200
