"""How often units of work wait for the database, as JSON: `counts_sync.py URL`; see turns.py."""
# mypy: disable-error-code="import-not-found"

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count

from my_project.db.session import SessionFactory, make_engine, make_sessions, transaction
from my_project.models import Base, Company, Employee
from sqlalchemy import make_url, select
from turns import counted

NUMBERS = count(1)


def employee() -> Employee:
    """Return a new employee of the first company."""
    number = next(NUMBERS)
    return Employee(company_id=1, name="someone", email=f"{number}@example.com")


def insert(sessions: SessionFactory) -> object:
    """Return the key of a new row, and when the database made it."""
    with transaction(sessions) as session:
        session.add(new := employee())
    return new.id, new.created_at


def read(sessions: SessionFactory) -> object:
    """Return a row by its key."""
    with transaction(sessions) as session:
        return session.get_one(Employee, 1)


def query(sessions: SessionFactory) -> object:
    """Return a company with its employees."""
    with transaction(sessions) as session:
        found = session.scalars(select(Company))
        return found.one().employees


def update(sessions: SessionFactory) -> object:
    """Return when the database changed a row."""
    with transaction(sessions) as session:
        found = session.get_one(Employee, 1)
        found.name = f"someone {next(NUMBERS)}"
    return found.updated_at


def delete(sessions: SessionFactory) -> object:
    """Delete a row; `insert` was run as often."""
    with transaction(sessions) as session:
        found = session.scalars(select(Employee).order_by(Employee.id.desc()).limit(1))
        session.delete(found.one())
    return None


def fail(sessions: SessionFactory) -> object:
    """Roll back."""
    try:
        with transaction(sessions) as session:
            session.add(employee())
            session.flush()
            raise KeyError  # noqa: TRY301 - it is what is counted
    except KeyError:
        return None


def main(url: str) -> None:
    """Count the tenth of ten: by then statements are prepared."""
    found = {}
    with counted(make_url(url)) as (watched, counter):
        engine = make_engine(watched)
        reading = make_engine(watched, read_only=True)
        Base.metadata.create_all(engine)
        sessions = make_sessions(engine)
        with transaction(sessions) as session:
            session.add(Company(name="the company"))
            session.flush()
            session.add(employee())
        units: list[Callable[[SessionFactory], object]] = [insert, read, query, update, delete, fail]
        ways: dict[str, Callable[[], object]] = {unit.__name__: partial(unit, sessions) for unit in units}
        ways["read only"] = partial(read, make_sessions(reading))
        for name, way in ways.items():
            for _ in range(10):
                before = counter.count
                way()
            found[name] = counter.count - before
        reading.dispose()
        engine.dispose()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
