"""Fill the database with sample data: `python -m tests.seed --companies 1000`.

It is blocking code in every project, as migrations are.
"""

import argparse
from collections.abc import Sequence

from rich.progress import track
from sqlalchemy import create_engine, insert, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.migrations.commands import PROGRAM
from {{ cookiecutter.package_name }}.migrations.target import target
from {{ cookiecutter.package_name }}.models import Company, Employee
from {{ cookiecutter.package_name }}.settings import SettingsError

from tests.factories import Factory

# Rows of one transaction: enough for a cheap commit, few enough for short locks.
MAX_ROWS = 1000


def write(session: Session, factory: Factory, companies: int, employees: int) -> None:
    """Insert companies, each with its employees, and commit."""
    rows = [(factory.company(), [factory.employee() for _ in range(employees)]) for _ in range(companies)]
    named = Company.name.in_([company["name"] for company, _ in rows])
    if taken := session.scalar(select(Company.name).where(named).limit(1)):
        raise SystemExit(f"{taken!r} exists, so this seed was used before: choose another --seed")
    session.execute(insert(Company), [company for company, _ in rows])
    # A second statement, because MySQL has no RETURNING.
    keys = dict(session.execute(select(Company.name, Company.id).where(named)).all())
    staff = [{"company_id": keys[company["name"]], **row} for company, staff in rows for row in staff]
    session.execute(insert(Employee), staff)
    session.commit()


def positive(text: str) -> int:
    """Return a positive number; argparse reports the ValueError."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; raise SystemExit for missing settings, missing tables, or a seed that was used before."""
    parser = argparse.ArgumentParser(
        "python -m tests.seed",
        description="Fill the database of DATABASE_URL with sample data.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--companies", type=positive, default=100, metavar="N", help="number of companies")
    parser.add_argument("--employees", type=positive, default=10, metavar="N", help="employees of each company")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed generates the same rows")
    options = parser.parse_args(arguments)
    try:
        url = target(None)
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    if not inspect(engine).has_table(Company.__tablename__):
        raise SystemExit(f"{url!r} is not migrated: run `uv run {PROGRAM} upgrade head`")
    factory = Factory(options.seed)
    size = max(1, MAX_ROWS // (1 + options.employees))
    with Session(engine) as session:
        for start in track(range(0, options.companies, size), "Seeding"):
            write(session, factory, min(size, options.companies - start), options.employees)
    print(f"{options.companies:,} companies with {options.employees:,} employees each are stored in {url!r}.")


if __name__ == "__main__":
    main()
