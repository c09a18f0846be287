"""The log of statements: what it says, what it does not say, and that it costs nothing where it is off."""

import logging
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, Engine, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from {{ cookiecutter.package_name }}.db.echo import LOG, Echo
from {{ cookiecutter.package_name }}.db.session import (
    make_engine,
    make_read_only_sessions,
    make_sessions,
    transaction,
)

from tests.probes import Probe


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    """The level of the logger, as it was."""
    yield
    LOG.setLevel(logging.NOTSET)


@contextmanager
def echoing(url: URL, echo: Echo | bool) -> Generator[Engine]:
    """Make an engine that logs what it sends."""
    engine = make_engine(url, echo=echo)
    try:
        yield engine
    finally:
        engine.dispose()


def names(session: Session) -> list[str]:
    """Probes that there are none of."""
    return list(session.scalars(select(Probe.name).where(Probe.name == "secret")))


NAMES = f"test_echo.py:{names.__code__.co_firstlineno + 2}"


def logged(caplog: pytest.LogCaptureFixture, word: str) -> logging.LogRecord:
    """Return what was logged of the statement that begins with a word."""
    (record,) = [record for record in caplog.records if f"\n    {word}" in record.message]
    return record


@pytest.mark.usefixtures("engine")
def test_an_engine_logs_nothing_unless_it_is_told_to(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, echo=False) as engine, make_sessions(engine)() as session:
        names(session)

    assert not engine.dispatch.before_cursor_execute
    assert caplog.records == []


@pytest.mark.usefixtures("engine")
def test_a_statement_is_logged_with_its_duration_and_the_line_that_sent_it(
    database_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        names(session)

    record = logged(caplog, "SELECT probes")
    first, *sql = record.message.splitlines()
    assert record.levelname == "INFO"
    assert re.match(rf"\d+\.\d ms, .*{NAMES}$", first)
    assert sql[:2] == ["    SELECT probes.name", "    FROM probes"]
    assert sql[2].startswith("    WHERE probes.name = ")


@pytest.mark.usefixtures("engine")
def test_values_are_logged_only_if_asked_for(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        names(session)
    assert "secret" not in caplog.text

    with echoing(database_url, Echo(values=True)) as engine, make_sessions(engine)() as session:
        names(session)
    assert "'secret'" in caplog.text


@pytest.mark.usefixtures("engine")
def test_a_slow_statement_is_a_warning(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, Echo(slow=0)) as engine, make_sessions(engine)() as session:
        names(session)

    record = logged(caplog, "SELECT probes")
    assert record.levelname == "WARNING"
    assert record.message.startswith("SLOW: ")


@pytest.mark.usefixtures("engine")
def test_at_the_level_of_warnings_only_what_is_slow_or_failed_is_logged(
    database_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    LOG.setLevel(logging.WARNING)

    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        names(session)

    assert caplog.records == []


@pytest.mark.usefixtures("engine")
def test_a_statement_that_fails_is_logged_without_what_the_server_quotes(
    database_url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        with pytest.raises(DBAPIError, match="nowhere"):
            session.execute(text("SELECT * FROM nowhere WHERE 'secret' = :word"), {"word": "secret"})

    record = logged(caplog, "SELECT *")
    assert record.levelname == "WARNING"
    assert re.match(r"FAILED with \w+ after \d+\.\d ms, .*test_echo\.py:\d+\n", record.message)
    assert "no such" not in record.message
    assert "exist" not in record.message


@pytest.mark.usefixtures("engine")
def test_a_statement_that_is_not_sent_fails_as_ever(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        with pytest.raises(StatementError, match="required"):
            session.execute(text("SELECT :nothing"))

    assert "SELECT" not in caplog.text


@pytest.mark.usefixtures("engine")
def test_values_stay_out_of_errors_also_where_they_are_logged(database_url: URL) -> None:
    with echoing(database_url, Echo(values=True)) as engine, make_sessions(engine)() as session:
        with pytest.raises(DBAPIError) as error:
            session.execute(text("SELECT * FROM nowhere WHERE 1 = :word"), {"word": "secret"})

    assert "secret" not in str(error.value)


@pytest.mark.usefixtures("engine")
def test_many_sets_of_parameters_are_counted(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    rename = text("UPDATE probes SET name = 'other' WHERE name = :name")

    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        session.execute(rename, [{"name": str(number)} for number in range(3)])

    assert " ms, 3 sets of parameters, 0 rows, " in logged(caplog, "UPDATE").message


@pytest.mark.usefixtures("engine")
def test_what_read_only_sessions_send_is_logged(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, Echo()) as engine, make_read_only_sessions(engine)() as session:
        names(session)

    assert NAMES in logged(caplog, "SELECT probes").message


@pytest.mark.usefixtures("engine")
def test_the_end_of_a_unit_of_work_is_logged(database_url: URL, caplog: pytest.LogCaptureFixture) -> None:
    with echoing(database_url, Echo()) as engine:
        with transaction(make_sessions(engine)) as session:
            names(session)
        with pytest.raises(ZeroDivisionError):
            with transaction(make_sessions(engine)) as session:
                names(session)
                raise ZeroDivisionError

    ends = [word for record in caplog.records for word in re.findall(r"\n    (COMMIT|ROLLBACK)$", record.message)]
    assert ends == ["COMMIT", "ROLLBACK"]
    assert "test_echo.py:" in logged(caplog, "COMMIT").message


@pytest.mark.usefixtures("engine")
def test_where_nothing_shows_what_is_logged_it_goes_to_stderr(
    database_url: URL, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LOG, "propagate", False)  # pytest has its handlers at the root
    monkeypatch.setattr(LOG, "handlers", [])

    with echoing(database_url, Echo()) as engine, make_sessions(engine)() as session:
        names(session)

    assert NAMES in capsys.readouterr().err
