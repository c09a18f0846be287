"""The lessons of the tour: each function is one, in this order."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, PendingRollbackError, StatementError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from {{ cookiecutter.package_name }}.db.retry import run_transaction
from {{ cookiecutter.package_name }}.db.session import SessionFactory, transaction
from {{ cookiecutter.package_name }}.models import Company, Employee
from {{ cookiecutter.package_name }}.queries import companies, employees_of, headcounts

from tour.console import Tour

NAMES = ["Acme", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Gale", "Harbor", "Iris", "Juniper"]
STAFF = ["Ada", "Ben", "Cleo", "Dan", "Eve"]


def inserts(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Batched INSERTs

    `flush()` sends all new objects: one INSERT for each table, if the keys are UUIDv7 or the database is PostgreSQL
    or MariaDB. On SQLite and MySQL each auto-incremented key needs an INSERT of its own.
    """
    with transaction(sessions) as session:
        founded = [Company(name=name) for name in NAMES]
        session.add_all(founded)
        session.flush()  # from here on they have keys
        for company, name in product(founded, STAFF):
            email = f"{name}@{company.name}.example"
            employee = Employee(company_id=company.id, name=name, email=email)
            session.add(employee)
    tour.proves(f"60 objects took {tour.sent('INSERT')} INSERTs.", tour.sent("INSERT") in (2, 60))


def flush(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Flush and commit

    `flush()` sends pending changes within the transaction; only a commit makes them permanent.
    A query never flushes by itself.
    """
    count = select(func.count()).where(Company.name == "Opal")
    with sessions() as session:
        session.add(Company(name="Opal"))
        rows = [session.scalar(count)]
        session.flush()
        rows.append(session.scalar(count))
        session.rollback()
        rows.append(session.scalar(count))
    tour.proves(
        f"{rows[0]} rows before the flush, {rows[1]} after it, {rows[2]} after the rollback.", rows == [0, 1, 0]
    )


def identity_map(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Identity map

    A session returns the same object each time that it meets the same row.
    """
    query = select(Employee).where(Employee.email == "Ada@Acme.example")
    with transaction(readers) as session:
        ada = session.scalars(query).one()
        again = session.get_one(Employee, ada.id)
    tour.proves("One SELECT: `again` is `ada`, which the session had.", again is ada, tour.sent() == 1)


def n_plus_one(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """N + 1 queries

    A query for each object of another query is slow, and easy to write.
    """
    with transaction(readers) as session:
        found = 0
        for company in session.scalars(companies()):
            staff = session.scalars(employees_of(company.id))
            found += len(staff.all())
    tour.proves(f"{found} employees took {tour.sent()} statements: 1 + 10.", found == 50, tour.sent() == 11)

    query = select(Company).order_by(Company.name)
    with transaction(readers) as session:
        found = 0
        for company in session.scalars(query):
            found += len(company.employees)
    tour.proves(f'The same {found} took {tour.sent()}, because of lazy="selectin".', found == 50, tour.sent() == 2)


def lazy_loading(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Lazy loading

    Reading a relationship never sends SQL. The query says which related objects it loads.
    """
    query = select(Employee).where(Employee.email == "Ada@Acme.example")
    with transaction(readers) as session:
        ada = session.scalars(query).one()
        with pytest.raises(InvalidRequestError) as refusal:
            print(ada.company.name)
    tour.proves("An error, where lazy loading would have sent a SELECT.", tour.sent() == 1, says=refusal)

    company = joinedload(Employee.company, innerjoin=True).raiseload("*")
    with transaction(readers) as session:
        ada = session.scalars(query.options(company)).one()
        name = ada.company.name
    tour.proves(f"A JOIN loaded {name} in the same statement.", name == "Acme", tour.sent() == 1)


def unit_of_work(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Unit of work

    A flush that fails rolls the whole transaction back. Where code catches the error,
    SQLAlchemy alone goes on and loses rows silently. `transaction()` raises an error.
    """

    def add_two(session: Session) -> None:
        session.add(Company(name="Kiln"))
        session.flush()
        session.add(Company(name="Acme"))  # the name is taken
        session.flush()

    with sessions.begin() as session:  # SQLAlchemy alone
        with suppress(IntegrityError):
            add_two(session)
    with transaction(readers) as session:
        query = select(Company).where(Company.name == "Kiln")
        kiln = session.scalars(query).one_or_none()
    tour.proves("No error, and no Kiln: it is lost silently.", kiln is None)

    with pytest.raises(PendingRollbackError) as refusal:
        with transaction(sessions) as session:
            with suppress(IntegrityError):
                add_two(session)
    tour.proves("Again nothing is stored, and the error says so.", says=refusal)

    with pytest.raises(PendingRollbackError) as refusal:
        with transaction(sessions) as session:
            with session.begin_nested():
                with suppress(IntegrityError):
                    add_two(session)
    tour.proves("The same inside a savepoint.", says=refusal)


def savepoints(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Savepoints

    Put a statement that may fail into `begin_nested()`, and catch its error outside.
    The error rolls that block back and nothing else.
    """
    refusals: list[str] = []
    with transaction(sessions) as session:
        for name in ["Maple", "Acme", "Larch"]:
            try:
                with session.begin_nested():
                    session.add(Company(name=name))
            except IntegrityError:
                refusals.append(name)
    query = select(Company.name).where(Company.name.in_(["Maple", "Larch"]))
    with transaction(readers) as session:
        names = set(session.scalars(query))
    tour.proves("Acme was refused, Maple and Larch are stored.", refusals == ["Acme"], names == {"Maple", "Larch"})


def time_zones(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Time zones

    Timestamps carry a time zone and are stored in UTC. One without a time zone is refused.
    """
    query = select(Employee).order_by(Employee.email).limit(2)
    with transaction(sessions) as session:
        tokyo, new_york = session.scalars(query).all()
        tokyo.created_at = datetime.fromisoformat("2026-07-01T21:00+09:00")
        new_york.created_at = datetime.fromisoformat("2026-07-01T08:00-04:00")
    with transaction(readers) as session:
        times = {each.created_at for each in session.scalars(query)}
    tour.proves(f"Both are {max(times)}.", times == {datetime(2026, 7, 1, 12, tzinfo=UTC)})

    naive = datetime.fromisoformat("2026-07-01T12:00")
    with pytest.raises(StatementError) as refusal:
        with transaction(sessions) as session:
            session.execute(update(Employee).values(created_at=naive))
    tour.proves("Refused before anything was sent.", tour.sent() == 0, says=refusal)


def optimistic_locking(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Optimistic locking

    A flush checks and increases the version of each changed company, so a change to an outdated copy is refused.
    `run_transaction()` retries the whole unit of work.
    """
    query = companies().where(Company.name.startswith("Birch"))
    copies: list[Company] = []
    for _ in range(2):
        with transaction(readers) as session:
            copies.append(session.scalars(query).one())
    with transaction(sessions) as session:  # meanwhile, somebody else
        birch = session.scalars(query).one()
        birch.name += " & Sons"

    def rename(session: Session) -> None:
        if not copies:
            copies.append(session.scalars(query).one())
        company = copies.pop()
        session.add(company)
        company.name += " Ltd"

    with pytest.raises(StaleDataError) as refusal:
        run_transaction(sessions, rename, attempts=1)
    tour.proves(
        "The row has version 2 now, and the UPDATE found none with version 1.", birch.version_id == 2, says=refusal
    )

    run_transaction(sessions, rename)
    with transaction(readers) as session:
        name = session.scalars(query).one().name
    tour.proves(f"The second attempt read the row again: {name}.", name == "Birch & Sons Ltd", tour.sent("UPDATE") == 2)


def read_only(tour: Tour, sessions: SessionFactory, readers: SessionFactory) -> None:
    """Read-only sessions

    `make_engine(url, read_only=True)` is a second engine. The database refuses to write through it.
    """
    with transaction(readers) as session:
        rows = session.execute(headcounts()).all()
    with pytest.raises(DBAPIError) as refusal:
        with transaction(readers) as session:
            session.add(Company(name="Mica"))
    tour.proves(f"{len(rows)} companies were read, and none can be added.", rows[0] == ("Acme", 5), says=refusal)
