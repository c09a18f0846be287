"""A file for the tests of any project: what the types of its columns store and refuse."""
# mypy: disable-error-code="import-not-found"

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from my_project.db.engine import engine_arguments
from my_project.db.types import Duration, UTCDateTime, utcnow
from sqlalchemy import URL, Engine, create_engine, create_mock_engine, literal, select, text, true, update
from sqlalchemy.exc import CompileError, StatementError
from sqlalchemy.orm import Mapped, Session, mapped_column
from tests.db.samples import Color, Sample, SampleBase

HOUR = timedelta(hours=1)


@pytest.fixture
def engine(empty_database: URL) -> Iterator[Engine]:
    """A blocking engine with the arguments of this project, whatever its style, and the tests' own tables."""
    engine = create_engine(**engine_arguments(empty_database))
    Sample.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_timedelta_that_the_database_cannot_add_is_refused(engine: Engine) -> None:
    recent = select(Sample.name).where(Sample.created_at > utcnow() - HOUR, Sample.created_at < utcnow() + HOUR)

    with Session(engine) as session:
        session.add(Sample(name="recent"))
        session.flush()
        if engine.dialect.name == "postgresql":
            assert session.scalar(recent) == "recent"
        else:
            says = r"cannot add a timedelta to a time, or subtract times; .*datetime\.now\(UTC\) - timedelta"
            with pytest.raises(StatementError, match=says):
                session.scalar(recent)


def test_a_difference_of_times_that_the_database_cannot_compare_is_refused(engine: Engine) -> None:
    difference = Sample.updated_at - Sample.created_at
    short = select(Sample.name).where(difference < HOUR)
    longest = select(Sample.name).order_by(difference.desc()).limit(1)
    since = select(Sample.name).where(datetime.now(UTC) - Sample.created_at < HOUR)

    with Session(engine) as session:
        session.add(Sample(name="short"))
        session.flush()
        if engine.dialect.name == "postgresql":
            assert session.scalar(short) == "short"
            created, earlier = session.execute(select(Sample.created_at, Sample.created_at - HOUR)).one()
            assert created - earlier == HOUR
            in_sql = Sample.created_at - literal(HOUR)
            assert session.scalar(select(Sample.name).where(in_sql < created)) == "short"
            with pytest.raises(StatementError, match="naive datetime"):
                session.scalar(select(Sample.name).where(Sample.created_at - HOUR < datetime(2026, 1, 1)))  # noqa: DTZ001
            assert session.scalar(longest) == "short"
            assert session.scalar(since) == "short"
        else:
            for statement in (short, longest, since, select(difference)):
                with pytest.raises(CompileError, match="cannot add a timedelta to a time, or subtract times"):
                    session.execute(statement)


def test_a_time_minus_a_time_is_a_duration_and_a_time_that_is_moved_a_time() -> None:
    results = [Sample.updated_at - Sample.created_at, Sample.updated_at - HOUR, Sample.updated_at + HOUR]

    assert [type(each.type) for each in results] == [Duration, UTCDateTime, UTCDateTime]
    assert not isinstance((Sample.updated_at > datetime.now(UTC)).type, Duration | UTCDateTime)


def test_a_column_of_times_says_that_its_values_are_datetimes() -> None:
    assert Sample.updated_at.type.python_type is datetime


def test_an_enum_is_stored_by_its_value(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Sample(name="red", color=Color.RED))
        session.flush()

        assert session.scalar(text("SELECT color FROM samples")) == "dark red"


def test_a_time_of_day_keeps_its_microseconds(engine: Engine) -> None:
    class Alarm(SampleBase):  # type: ignore[misc]
        __tablename__ = "alarms"
        at: Mapped[time] = mapped_column(primary_key=True)

    Alarm.__table__.create(engine)
    with Session(engine) as session:
        session.add(Alarm(at=time(12, 0, 0, 600_001)))
        session.commit()

        assert session.scalars(select(Alarm.at)).all() == [time(12, 0, 0, 600_001)]
    SampleBase.metadata.remove(Alarm.__table__)


def test_a_string_that_is_no_member_of_an_enum_is_refused(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Sample(name="unknown", color="no color"))

        with pytest.raises(StatementError, match="not among the defined enum values"):
            session.flush()


def test_updated_at_follows_an_update_statement(engine: Engine) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    with Session(engine) as session:
        session.add(Sample(name="before"))
        session.flush()
        session.execute(update(Sample).values(updated_at=long_ago))
        session.execute(update(Sample).values(name="after"))

        assert session.scalar(select(Sample.updated_at)) != long_ago


def test_statements_with_times_are_compiled_once(engine: Engine) -> None:
    cache: dict[Any, Any] = {}
    is_changed = (Sample.updated_at - Sample.created_at).is_not(None) if engine.name == "postgresql" else true()
    with engine.connect().execution_options(compiled_cache=cache) as connection:
        for at in (datetime.now(UTC), datetime.now(UTC) + HOUR):
            connection.execute(select(Sample.name).where(Sample.at == at, Sample.created_at < utcnow(), is_changed))

    assert len(cache) == 1


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ("postgresql", "CURRENT_TIMESTAMP"),
        ("mysql", "UTC_TIMESTAMP(6)"),
        ("mariadb", "UTC_TIMESTAMP(6)"),
        ("sqlite", "strftime("),
    ],
)
def test_the_server_time_has_microseconds_on_every_database(backend: str, says: str) -> None:
    dialect = create_mock_engine(f"{backend}://", print).dialect  # needs no driver

    assert says in str(select(utcnow()).compile(dialect=dialect))
