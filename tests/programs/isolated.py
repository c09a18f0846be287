"""A file for a project's own folder of tests: writes down in `sent.json` what keeping one test apart sends."""
# mypy: disable-error-code="import-not-found"

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

SENT: list[str] = []


@pytest.fixture(scope="session")
def sent(engine: Any) -> list[str]:
    """Record the statements after the creation of the schema."""
    engine = getattr(engine, "sync_engine", engine)
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: SENT.append(statement))
    event.listen(engine, "begin", lambda _: SENT.append("begin"))
    event.listen(engine, "commit", lambda _: SENT.append("commit"))
    event.listen(engine, "rollback", lambda _: SENT.append("rollback"))
    return SENT


def test_that_does_nothing(sent: list[str], sessions: Any) -> None:
    assert sessions


def test_after_it() -> None:
    Path("sent.json").write_text(json.dumps(SENT), encoding="utf-8")
