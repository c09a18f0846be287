"""Fill the database with made-up companies: `python -m tests.seed --companies 1000`."""

import time
from collections.abc import Sequence

from rich.progress import Progress
from sqlalchemy import URL, insert, select
from sqlalchemy.exc import IntegrityError

from {{ cookiecutter.package_name }}.db.session import (
    SessionFactory,
    make_engine,
    make_sessions,
    transaction,
)
from {{ cookiecutter.package_name }}.models import Company, Employee

from tests.seed.plan import Plan, Row, asked, migrated_database


def write(sessions: SessionFactory, unit: list[tuple[Row, list[Row]]]) -> None:
    """Insert companies and their employees in a unit of work of their own, of three statements."""
    names = [company["name"] for company, _ in unit]
    with transaction(sessions) as session:
        session.execute(insert(Company), [company for company, _ in unit])
        # not RETURNING, which MySQL has not, and which would send the rows one by one elsewhere
        found = session.execute(select(Company.name, Company.id).where(Company.name.in_(names)))
        keys = dict(found.all())
        employees = [{"company_id": keys[company["name"]], **row} for company, staff in unit for row in staff]
        session.execute(insert(Employee), employees)


def seed(url: URL, plan: Plan) -> None:
    """Write what the plan makes up, a unit of work after the other; a bar shows how far it is."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    try:
        with Progress() as progress:
            task = progress.add_task("Seeding", total=plan.companies)
            for unit in plan.units():
                write(sessions, unit)
                progress.advance(task, len(unit))
    finally:
        engine.dispose()


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; SystemExit says why not."""
    plan = asked(arguments)
    url = migrated_database()
    start = time.perf_counter()
    try:
        seed(url, plan)
    except IntegrityError:
        raise SystemExit(plan.refused()) from None
    print(f"{plan.done_in(time.perf_counter() - start)}, into {url!r}")


if __name__ == "__main__":
    main()
