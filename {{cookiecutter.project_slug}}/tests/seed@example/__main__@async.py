"""Fill the database with made-up companies: `python -m tests.seed --companies 1000`."""

import asyncio
import sys
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

# The default event loop of Windows is none that psycopg can use.
# https://www.psycopg.org/psycopg3/docs/advanced/async.html
LOOP = asyncio.SelectorEventLoop if sys.platform == "win32" else None


async def write(sessions: SessionFactory, unit: list[tuple[Row, list[Row]]]) -> None:
    """Insert companies and their employees in a unit of work of their own, of three statements."""
    names = [company["name"] for company, _ in unit]
    async with transaction(sessions) as session:
        await session.execute(insert(Company), [company for company, _ in unit])
        # not RETURNING, which MySQL has not, and which would send the rows one by one elsewhere
        found = await session.execute(select(Company.name, Company.id).where(Company.name.in_(names)))
        keys = dict(found.all())
        employees = [{"company_id": keys[company["name"]], **row} for company, staff in unit for row in staff]
        await session.execute(insert(Employee), employees)


async def seed(url: URL, plan: Plan) -> None:
    """Write what the plan makes up, a unit of work after the other; a bar shows how far it is."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    try:
        with Progress() as progress:
            task = progress.add_task("Seeding", total=plan.companies)
            for unit in plan.units():
                await write(sessions, unit)
                progress.advance(task, len(unit))
    finally:
        await engine.dispose()


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; SystemExit says why not."""
    plan = asked(arguments)
    url = migrated_database()
    start = time.perf_counter()
    try:
        with asyncio.Runner(loop_factory=LOOP) as runner:
            runner.run(seed(url, plan))
    except IntegrityError:
        raise SystemExit(plan.refused()) from None
    print(f"{plan.done_in(time.perf_counter() - start)}, into {url!r}")


if __name__ == "__main__":
    main()
