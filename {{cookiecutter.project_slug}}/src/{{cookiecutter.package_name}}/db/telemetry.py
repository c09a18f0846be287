"""A span of OpenTelemetry for each statement, without its values.

    trace_statements(engine, provider)

It needs the extra `telemetry`; the provider, and where it sends spans, is the application's choice.
"""

import re
from functools import lru_cache

from sqlalchemy import Engine

from .watching import Finish, Sent, watch

EXTRA = "{{ cookiecutter.project_slug }}[telemetry]"

try:
    from opentelemetry.trace import SpanKind, StatusCode, TracerProvider
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"spans need an extra: uv sync --extra telemetry, or pip install '{EXTRA}'") from error

# Characters of a statement: one INSERT of many rows may have a million of them.
LONGEST = 10_000

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+([\w.\"`]+)", re.IGNORECASE)


def trace_statements(engine: Engine, provider: TracerProvider) -> None:
    """Make a span of each statement that this engine sends, of COMMIT and ROLLBACK too.

    Those of read-only sessions too; for an AsyncEngine pass its `sync_engine`. A span lasts until the cursor is
    there, and is a child of the one that is current where the statement is sent. Connecting is no span: it is the time
    before the first one.
    https://opentelemetry.io/docs/specs/semconv/db/database-spans/
    """
    tracer = provider.get_tracer(__name__)
    given = {
        "db.system.name": engine.dialect.name,
        "db.namespace": engine.url.database,
        "server.address": engine.url.host,
        "server.port": engine.url.port,
    }
    where = {name: value for name, value in given.items() if value is not None}

    def start(sent: Sent) -> Finish:
        text = sent.statement[:LONGEST]
        batch = {"db.operation.batch.size": sent.sets} if sent.sets > 1 else {}
        name = f"BATCH {summary(text)}" if batch else summary(text)
        attributes = {"db.query.text": text, "db.query.summary": name, **batch, **where}
        span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

        def finish(error: BaseException | None) -> None:
            if error is not None:
                # not its message, which may quote values
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
            span.end()

        return finish

    watch(engine, start)


@lru_cache(500)  # what an application sends, it sends again
def summary(statement: str) -> str:
    """Return what a statement does, and the first table that it names, to group spans by."""
    word, *_ = statement.split(maxsplit=1) or ["SQL"]
    table = TABLE.search(statement)
    return f"{word.upper()} {table[1]}" if table else word.upper()
