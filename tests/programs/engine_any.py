"""A file for the tests of a blocking project with any database: engines, sessions and retries."""
# mypy: disable-error-code="import-not-found"

import uuid
from collections.abc import Callable

import pytest
from my_project.db.keys import Key
from my_project.db.retry import run_transaction
from my_project.db.session import Session, SessionFactory, make_engine, make_sessions, transaction
from sqlalchemy import URL, event, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, PendingRollbackError
from sqlalchemy.orm.exc import StaleDataError
from tests.db.samples import Counter, Sample


def test_a_rollback_inside_a_unit_of_work_is_raised_instead_of_losing_its_rows(sessions: SessionFactory) -> None:
    error = pytest.raises(PendingRollbackError, match=r"ended before its block, by session\.rollback")
    with error, transaction(sessions) as session:
        session.add_all([Sample(name="same"), Sample(name="same")])
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_arguments_can_be_given_by_their_names(database_url: URL) -> None:
    engine = make_engine(url=database_url)
    sessions = make_sessions(engine=engine)

    assert run_transaction(sessions=sessions, work=lambda session: session.scalar(select(1))) == 1
    engine.dispose()


def test_each_retry_waits_for_a_short_random_time_that_may_double(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)

    def work(_session: Session) -> None:
        raise StaleDataError("always")

    with pytest.raises(StaleDataError):
        run_transaction(sessions, work, attempts=6)

    assert len(waits) == len(set(waits)) == 5
    assert all(0 < wait < 0.02 * 2**number for number, wait in enumerate(waits))


def test_a_session_cannot_be_used_after_its_unit_of_work(sessions: SessionFactory) -> None:
    with transaction(sessions) as session:
        session.add(Sample(name="kept"))

    with pytest.raises(InvalidRequestError, match="closed"):
        session.add(Sample(name="late"))


def test_the_objects_of_a_unit_that_was_rolled_back_are_stored_by_the_next_one(sessions: SessionFactory) -> None:
    sample = Sample(name="tried twice")
    with pytest.raises(ZeroDivisionError), transaction(sessions) as session:  # noqa: PT012
        session.add(sample)
        session.flush()
        raise ZeroDivisionError

    with transaction(sessions) as session:
        session.add(sample)

    with sessions() as session:
        assert session.scalars(select(Sample.name)).all() == ["tried twice"]


def test_an_error_of_a_hook_does_not_replace_the_error_of_the_block(sessions: SessionFactory) -> None:
    def fail(_session: object) -> None:
        raise RuntimeError("hook")

    with pytest.raises(ZeroDivisionError), transaction(sessions) as session:  # noqa: PT012
        event.listen(session, "after_rollback", fail)
        session.scalar(select(1))
        raise ZeroDivisionError


def test_a_retry_raises_instead_of_losing_a_change_that_was_made_before_it(sessions: SessionFactory) -> None:
    counter = Counter()
    with transaction(sessions) as session:
        session.add(counter)
    with transaction(sessions) as session:
        session.get_one(Counter, counter.id).value = 1

    counter.value = 2
    with pytest.raises(InvalidRequestError, match="Read the row inside of `work`"):
        run_transaction(sessions, lambda session: session.add(counter))

    with sessions() as session:
        assert session.scalar(select(Counter.value)) == 1


@pytest.fixture
def counters(racing_sessions: SessionFactory) -> tuple[Counter, Counter]:
    """Return the objects of two rows, which belong to no session any more."""
    counters = Counter(), Counter()
    with transaction(racing_sessions) as session:
        session.add_all(counters)
    return counters


def values(sessions: SessionFactory) -> list[int]:
    """Return the values of all counters, the smallest first."""
    with sessions() as session:
        return list(session.scalars(select(Counter.value).order_by(Counter.value)))


def conflict_once(sessions: SessionFactory, key: Key) -> Callable[[Session], None]:
    """Return a step of a unit of work that changes a row; the first time another one has changed it meanwhile."""
    rivals = [1]

    def step(session: Session) -> None:
        counter = session.get_one(Counter, key)
        for value in rivals:
            with transaction(sessions) as rival:
                rival.get_one(Counter, key).value = value
        rivals.clear()
        counter.value += 10

    return step


def test_a_retry_repeats_a_change_that_work_makes_itself(
    racing_sessions: SessionFactory, counters: tuple[Counter, Counter]
) -> None:
    conflict = conflict_once(racing_sessions, counters[0].id)

    def work(session: Session) -> None:
        conflict(session)
        counters[1].value = 5
        session.add(counters[1])

    run_transaction(racing_sessions, work)

    assert values(racing_sessions) == [5, 11]


def test_work_may_give_an_object_back_after_its_change_was_sent(
    racing_sessions: SessionFactory, counters: tuple[Counter, Counter]
) -> None:
    def work(session: Session) -> None:
        session.add(counters[0])
        session.flush()
        session.expunge_all()

    counters[0].value = 5
    run_transaction(racing_sessions, work)

    assert values(racing_sessions) == [0, 5]


def test_a_retry_raises_if_it_leaves_out_a_change_that_was_made_before_it(
    racing_sessions: SessionFactory, counters: tuple[Counter, Counter]
) -> None:
    conflict, attempts = conflict_once(racing_sessions, counters[0].id), list[Session]()

    def work(session: Session) -> None:
        conflict(session)
        if not attempts:  # the object came with another one, whose collection the rollback has expired
            session.add(counters[1])
        attempts.append(session)

    counters[1].value = 5
    with pytest.raises(InvalidRequestError, match=r"the change of Counter\.value.*Read the row inside of `work`"):
        run_transaction(racing_sessions, work)

    assert values(racing_sessions) == [0, 1]


def test_work_may_add_an_object_twice_and_a_retry_still_raises_instead_of_losing_its_change(
    racing_sessions: SessionFactory, counters: tuple[Counter, Counter]
) -> None:
    conflicts = [StaleDataError("once")]

    def work(session: Session) -> None:
        session.add(counters[0])
        session.flush()
        session.expunge(counters[0])
        session.add(counters[0])
        if conflicts:
            raise conflicts.pop()

    counters[0].value = 5
    with pytest.raises(InvalidRequestError, match=r"the change of Counter\.value"):
        run_transaction(racing_sessions, work)
    counters[0].value = 5
    run_transaction(racing_sessions, work)

    assert values(racing_sessions) == [0, 5]


def test_work_that_is_committed_is_not_done_again_when_a_listener_fails(racing_sessions: SessionFactory) -> None:
    numbers = iter(range(9))

    @event.listens_for(racing_sessions, "after_commit")
    def fail(_session: Session) -> None:
        raise StaleDataError("of a unit of its own")

    with pytest.raises(StaleDataError) as error:
        run_transaction(racing_sessions, lambda session: session.add(Counter(value=next(numbers))))

    assert "was committed before this error" in error.value.__notes__[0]
    assert values(racing_sessions) == [0]


def test_a_savepoint_is_no_commit(racing_sessions: SessionFactory) -> None:
    attempts = iter(range(9))

    def work(session: Session) -> None:
        with session.begin_nested():
            session.add(Counter(value=next(attempts)))
        if session.scalar(select(Counter.value)) == 0:
            raise StaleDataError("once")

    run_transaction(racing_sessions, work)

    assert values(racing_sessions) == [1]


def test_a_unit_that_fails_on_a_connection_of_others_undoes_nothing_of_theirs(racing_sessions: SessionFactory) -> None:
    with racing_sessions() as session:
        engine = session.get_bind().engine
    with engine.begin() as connection:
        connection.execute(insert(Sample).values(name="outer"))
        refused, sessions = pytest.raises(IntegrityError), make_sessions(engine)
        sessions.configure(bind=connection)
        with refused, transaction(sessions) as session:
            session.add(Sample(name="outer"))

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == ["outer"]


def test_half_of_an_insert_that_is_sent_in_batches_is_not_kept(racing_sessions: SessionFactory) -> None:
    rows = [{"name": str(number)} for number in range(2000)]
    lost, refused = pytest.raises(PendingRollbackError), pytest.raises(IntegrityError)
    with lost, transaction(racing_sessions) as session:
        many = insert(Sample)
        if session.get_bind().dialect.insert_executemany_returning:  # not with MySQL, where the driver sends batches
            many = many.returning(Sample.name)
        with refused:
            session.execute(many, [*rows, rows[-1]])

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == []


def test_a_connection_whose_commit_was_refused_goes_back_to_the_pool_without_its_rows(
    racing_sessions: SessionFactory,
) -> None:
    with racing_sessions() as session:
        engine = session.get_bind().engine
    lost, failed = pytest.raises(PendingRollbackError), pytest.raises(DBAPIError)
    with lost, engine.connect() as connection:
        connection.execute(insert(Sample).values(name="first"))
        with failed:
            connection.execute(text("SELECT * FROM nowhere"))
        connection.commit()
    with engine.begin() as connection:
        connection.execute(insert(Sample).values(name="next"))

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == ["next"]


def test_autocommit_has_nothing_to_refuse_after_a_statement_that_failed(racing_sessions: SessionFactory) -> None:
    with racing_sessions() as session:
        engine = session.get_bind().engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.begin() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT * FROM nowhere"))
        connection.execute(insert(Sample).values(name="kept"))

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == ["kept"]


def test_autocommit_has_nothing_to_refuse_after_rows_that_failed_in_python(racing_sessions: SessionFactory) -> None:
    with transaction(racing_sessions) as session:
        engine = session.get_bind().engine.execution_options(isolation_level="AUTOCOMMIT")
        session.add(sample := Sample(name="kept"))
    rows = [
        {"id": sample.id, "name": "changed"},
        {"id": uuid.uuid4() if isinstance(sample.id, uuid.UUID) else -1, "name": "gone"},
    ]
    with transaction(make_sessions(engine)) as session, pytest.raises(StaleDataError):
        session.execute(update(Sample), rows)


def test_a_failure_is_noticed_after_reading_the_columns_of_a_table(racing_sessions: SessionFactory) -> None:
    lost, failed = pytest.raises(PendingRollbackError), pytest.raises(DBAPIError)
    with lost, transaction(racing_sessions) as session:
        inspect(session.connection()).get_columns(Sample.__tablename__)
        session.add(Sample(name="lost"))
        session.flush()
        with failed:
            session.execute(text("SELECT * FROM nowhere"))

    with racing_sessions() as session:
        assert session.scalars(select(Sample.name)).all() == []
