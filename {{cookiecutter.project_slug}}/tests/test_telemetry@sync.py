"""Spans of statements, by OpenTelemetry's own SDK: which there are, and what is not in them."""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import URL, Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db import telemetry
from {{ cookiecutter.package_name }}.db.session import (
    make_engine,
    make_read_only_sessions,
    make_sessions,
    transaction,
)

from tests.probes import Probe


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Keeps what is exported."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    """Exports each span at its end."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@contextmanager
def traced(url: URL, provider: TracerProvider) -> Generator[Engine]:
    """Make an engine whose statements are spans."""
    engine = make_engine(url)
    telemetry.trace_statements(engine, provider)
    try:
        yield engine
    finally:
        engine.dispose()


def names(session: Session) -> list[str]:
    """Probes that there are none of."""
    return list(session.scalars(select(Probe.name).where(Probe.name == "secret")))


def span_of(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    """Return the only span of this name."""
    (span,) = [span for span in exporter.get_finished_spans() if span.name == name]
    return span


@pytest.mark.usefixtures("engine")
def test_a_statement_is_a_span_of_its_own_without_values(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    with traced(database_url, provider) as engine, make_sessions(engine)() as session:
        names(session)

    span = span_of(exporter, "SELECT probes")
    attributes = dict(span.attributes or {})
    assert span.kind is SpanKind.CLIENT
    assert span.status.status_code is StatusCode.UNSET
    assert attributes["db.system.name"] == engine.dialect.name
    assert attributes["db.namespace"] == database_url.database
    assert str(attributes["db.query.text"]).startswith("SELECT probes.name")
    assert "secret" not in span.to_json()


@pytest.mark.usefixtures("engine")
def test_a_span_is_the_child_of_the_one_around_it(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    tracer = provider.get_tracer("application")

    with traced(database_url, provider) as engine:
        with tracer.start_as_current_span("unit of work") as around:
            with transaction(make_sessions(engine)) as session:
                names(session)

    parents = [span_of(exporter, name).parent for name in ("SELECT probes", "COMMIT")]
    assert {parent and parent.span_id for parent in parents} == {around.get_span_context().span_id}


@pytest.mark.usefixtures("engine")
def test_the_span_of_a_statement_that_fails_says_so_without_the_message(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    with traced(database_url, provider) as engine, make_sessions(engine)() as session:
        session.add_all([Probe(name="secret"), Probe(name="secret")])
        with pytest.raises(IntegrityError) as error:
            session.flush()

    *_, span = [span for span in exporter.get_finished_spans() if span.name == "INSERT probes"]
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {})["error.type"] == type(error.value.orig).__qualname__
    assert "secret" not in span.to_json()


@pytest.mark.usefixtures("engine")
def test_many_sets_of_parameters_are_one_span(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    rename = text("UPDATE probes SET name = 'other' WHERE name = :name")

    with traced(database_url, provider) as engine, make_sessions(engine)() as session:
        session.execute(rename, [{"name": str(number)} for number in range(3)])

    span = span_of(exporter, "BATCH UPDATE probes")
    assert dict(span.attributes or {})["db.operation.batch.size"] == 3


@pytest.mark.usefixtures("engine")
def test_what_read_only_sessions_send_is_a_span(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    with traced(database_url, provider) as engine, make_read_only_sessions(engine)() as session:
        names(session)

    assert span_of(exporter, "SELECT probes").kind is SpanKind.CLIENT


@pytest.mark.usefixtures("engine")
def test_another_engine_is_not_traced(
    database_url: URL, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    other = make_engine(database_url)

    with traced(database_url, provider), make_sessions(other)() as session:
        names(session)
    other.dispose()

    assert exporter.get_finished_spans() == ()


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, telemetry.__name__)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)  # as if it were not installed

    with pytest.raises(ModuleNotFoundError, match="uv sync --extra telemetry"):
        importlib.import_module(telemetry.__name__)


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT a.b \nFROM a JOIN c ON 1", "SELECT a"),
        ("select 1", "SELECT"),
        ("INSERT INTO a (b) VALUES (?)", "INSERT a"),
        ('UPDATE "a" SET b=?', 'UPDATE "a"'),
        ("ROLLBACK TO SAVEPOINT b", "ROLLBACK"),
        ("", "SQL"),
    ],
)
def test_a_span_is_named_for_what_a_statement_does_and_to_what(statement: str, summary: str) -> None:
    assert telemetry.summary(statement) == summary
