"""The lessons of the tour: each is the code that it shows, and checks what it says."""

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, PendingRollbackError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from ..db.retry import run_transaction
from ..db.session import SessionFactory, transaction
from ..models import Company, Employee, Role
from ..queries import companies, employees_of, headcounts
from .console import Tour, refused

NAMES = ["Acme", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Gale", "Harbor", "Iris", "Juniper"]
STAFF = ["Ada", "Ben", "Cleo", "Dan", "Eve"]


async def few_inserts(tour: Tour, sessions: SessionFactory) -> None:
    """Many objects, few INSERTs

    add() only takes note. flush() sends what is new, a whole table at once where the
    database can, and the end of the block commits.
    """
    async with transaction(sessions) as session:
        founded = [Company(name=name) for name in NAMES]
        session.add_all(founded)
        await session.flush()  # from here on they have keys
        session.add_all(
            Employee(company_id=company.id, name=name, email=f"{name}@{company.name}.example")
            for company in founded
            for name in STAFF
        )
    tour.proves(what_60_objects_cost(tour), tour.sent("INSERT") in (2, 60))


def what_60_objects_cost(tour: Tour) -> str:
    """Say it as it is here: databases and keys differ."""
    inserts, selects = tour.sent("INSERT"), tour.sent("SELECT")
    cost = f"60 objects, {inserts} INSERTs: "
    if inserts == 2:
        cost += "one for each table."
    else:
        cost += (
            "a key that the database counts up is read back one row at a time here. With keys that the "
            "application makes (UUIDv7) it is one INSERT for each table."
        )
    if selects:
        cost += f" The times that the database sets take {selects} SELECTs: it has no INSERT ... RETURNING."
    return cost


async def flushed_and_committed(tour: Tour, sessions: SessionFactory) -> None:
    """Flush is not commit

    flush() sends what is pending, and the transaction sees it; only a commit makes it last.
    A query does not flush by itself.
    """
    count = select(func.count()).select_from(Company)
    async with sessions() as session:
        session.add(Company(name="Opal"))
        pending = await session.scalar(count)
        await session.flush()
        flushed = await session.scalar(count)
        await session.rollback()
        undone = await session.scalar(count)
    tour.proves(
        f"{pending} companies while Opal was pending, {flushed} after the flush, {undone} after the rollback.",
        (pending, flushed, undone) == (10, 11, 10),
    )


async def one_row_one_object(tour: Tour, sessions: SessionFactory) -> None:
    """One row, one object

    A session keeps what it has read: however often you ask for a row, it is the same object.
    """
    query = select(Employee).where(Employee.email == "Ada@Acme.example")
    async with transaction(sessions) as session:
        ada = (await session.scalars(query)).one()
        again = await session.get_one(Employee, ada.id)
    tour.proves("One SELECT: `again` is `ada`, which the session had.", again is ada, tour.sent() == 1)


async def no_query_in_a_loop(tour: Tour, sessions: SessionFactory) -> None:
    """N + 1 statements, or two

    A query for each object of another query is slow, and easy to write.
    """
    async with transaction(sessions) as session:
        found = 0
        for company in await session.scalars(companies()):
            found += len((await session.scalars(employees_of(company.id))).all())
    tour.proves(f"{found} employees took {tour.sent()} statements: 1 + 10.", found == 50, tour.sent() == 11)

    query = select(Company).order_by(Company.name)
    async with transaction(sessions) as session:
        found = sum(len(company.employees) for company in await session.scalars(query))
    claim = f'The same {found} took {tour.sent()}: lazy="selectin" brings the lists of all companies with one more.'
    tour.proves(claim, found == 50, tour.sent() == 2)


async def no_query_that_nobody_wrote(tour: Tour, sessions: SessionFactory) -> None:
    """No query that nobody wrote

    Reading an attribute never sends SQL behind your back. A query says what comes along.
    """
    query = select(Employee).where(Employee.email == "Ada@Acme.example")
    async with transaction(sessions) as session:
        ada = (await session.scalars(query)).one()
        with refused(InvalidRequestError) as refusal:
            print(ada.company.name)
    tour.proves("An error, where lazy loading would have sent a SELECT.", tour.sent() == 1, says=refusal)

    with_company = query.options(joinedload(Employee.company, innerjoin=True).raiseload("*"))
    async with transaction(sessions) as session:
        name = (await session.scalars(with_company)).one().company.name
    tour.proves(f"{name} came along, in the same statement.", name == "Acme", tour.sent() == 1)


async def no_silent_loss(tour: Tour, sessions: SessionFactory) -> None:
    """No silent loss

    A flush that fails takes the whole transaction with it. If somebody swallows the error,
    SQLAlchemy alone loses the rows without a word, and transaction() does not.
    """
    count = select(func.count()).select_from(Company).where(Company.name == "Kiln")
    async with sessions.begin() as session:  # not transaction()
        session.add(Company(name="Kiln"))
        await session.flush()
        session.add(Company(name="Acme"))  # the name is taken
        with suppress(IntegrityError):
            await session.flush()
    async with transaction(sessions) as session:
        rows = await session.scalar(count)
    tour.proves(f"No error, and {rows} rows: Kiln is lost, and nobody knows.", rows == 0)

    with refused(PendingRollbackError) as refusal:
        kiln, acme = Company(name="Kiln"), Company(name="Acme")
        async with transaction(sessions) as session:
            session.add(kiln)
            await session.flush()
            session.add(acme)
            with suppress(IntegrityError):
                await session.flush()
    async with transaction(sessions) as session:
        rows = await session.scalar(count)
    tour.proves(f"{rows} rows again, but also an error that says so.", rows == 0, says=refusal)


async def savepoints(tour: Tour, sessions: SessionFactory) -> None:
    """What may fail goes into a savepoint

    begin_nested() undoes its own block and nothing else.
    """
    taken: list[str] = []
    async with transaction(sessions) as session:
        for name in ["Kiln", "Acme", "Larch"]:
            try:
                async with session.begin_nested():
                    session.add(Company(name=name))
            except IntegrityError:
                taken.append(name)
    async with transaction(sessions) as session:
        rows = await session.scalar(select(func.count()).select_from(Company))
    tour.proves(f"{taken[0]} was refused, Kiln and Larch are saved: {rows} rows.", taken == ["Acme"], rows == 12)


async def instants(tour: Tour, sessions: SessionFactory) -> None:
    """An instant is the same everywhere

    Times come with a zone and are kept in UTC. One without a zone is refused: nobody can
    know when it is.
    """
    query = select(Employee).order_by(Employee.email).limit(2)
    async with transaction(sessions) as session:
        one, other = (await session.scalars(query)).all()
        one.created_at = datetime.fromisoformat("2026-07-01T21:00+09:00")  # Tokyo
        other.created_at = datetime.fromisoformat("2026-07-01T08:00-04:00")  # New York
    async with transaction(sessions) as session:
        times = {employee.created_at for employee in await session.scalars(query)}
    tour.proves(f"Both are {max(times)}.", times == {datetime(2026, 7, 1, 12, tzinfo=UTC)})

    async with transaction(sessions) as session:
        naive = datetime.fromisoformat("2026-07-01T12:00")
        with refused(StatementError) as refusal:
            await session.execute(update(Employee).values(created_at=naive))
    tour.proves("Refused before anything was sent.", tour.sent() == 0, says=refusal)


async def values_of_the_database(tour: Tour, sessions: SessionFactory) -> None:
    """What the database sets is there at once

    updated_at follows every UPDATE, by the clock of the database; flush() reads it back.
    """
    query = select(Employee).where(Employee.email == "Eve@Acme.example")
    async with transaction(sessions) as session:
        eve = (await session.scalars(query)).one()
        before = eve.updated_at
        eve.role = Role.MANAGER
        await session.flush()
        after = eve.updated_at
    way = "the UPDATE itself" if tour.sent() == 2 else "a SELECT after it: there is no UPDATE ... RETURNING here"
    tour.proves(f"It moved from {before:%X.%f} to {after:%X.%f}, and came with {way}.", before < after)


async def nothing_overwritten(tour: Tour, sessions: SessionFactory) -> None:
    """Nobody's change is overwritten

    A company has a version. Whoever changes a copy that is out of date is refused, and
    run_transaction() runs the whole unit of work again.
    """
    query = companies().where(Company.name.startswith("Birch"))
    copies: list[Company] = []
    for _ in range(2):
        async with transaction(sessions) as session:
            copies.append((await session.scalars(query)).one())
    async with transaction(sessions) as session:  # meanwhile, somebody else
        birch = (await session.scalars(query)).one()
        birch.name += " & Sons"
    versions = [company.version_id for company in [*copies, birch]]
    tour.proves("The row has version 2 now, and the copies still have version 1.", versions == [1, 1, 2])

    async def rename(session: AsyncSession) -> None:
        company = copies.pop() if copies else (await session.scalars(query)).one()
        session.add(company)
        company.name += " Ltd"

    with refused(StaleDataError) as refusal:
        await run_transaction(sessions, rename, attempts=1)
    tour.proves("The UPDATE found no row of version 1, and there was no second attempt.", says=refusal)

    await run_transaction(sessions, rename)
    async with transaction(sessions) as session:
        name = (await session.scalars(query)).one().name
    tour.proves(
        f"The other copy was refused too, and rename() ran again, on the row as it is now: {name}.",
        name == "Birch & Sons Ltd",
        tour.sent("UPDATE") == 2,
    )


async def reading_only(tour: Tour, readers: SessionFactory) -> None:
    """Sessions that only read

    In the sessions of make_engine(url, read_only=True) the database refuses to write.
    """
    async with transaction(readers) as session:
        rows = (await session.execute(headcounts())).all()
    with refused(DBAPIError) as refusal:
        mica = Company(name="Mica")
        async with transaction(readers) as session:
            session.add(mica)
    tour.proves(f"{len(rows)} companies were read, and none can be added.", rows[0] == ("Acme", 5), says=refusal)


# In this order: later lessons count what earlier ones have stored.
LESSONS = [
    few_inserts,
    flushed_and_committed,
    one_row_one_object,
    no_query_in_a_loop,
    no_query_that_nobody_wrote,
    no_silent_loss,
    savepoints,
    instants,
    values_of_the_database,
    nothing_overwritten,
]
