"""Migrate, do each of the words, and print every row as the models read it: `rows.py [write | more | SQL]…`."""
# mypy: disable-error-code="import-not-found"

import json
import sys

from my_project.db.session import make_engine, make_sessions, transaction
from my_project.migrations.commands import upgrade
from my_project.models import Base, Company, Employee, Role
from my_project.settings import Settings
from sqlalchemy import select, text
from sqlalchemy.orm import Session


def write(session: Session) -> None:
    companies = [Company(name="Åse & Søn 🎉"), Company(name="O'Neil \\ 50 %")]
    session.add_all(companies)
    session.flush()
    for number in range(1200):  # more than fit into one portion of the copy
        session.add(Employee(company_id=companies[number % 2].id, name="Ada", email=f"{number}@example.com"))
    session.add(
        Employee(
            company_id=companies[0].id, name="日本語", email="boss@example.com", role=Role.MANAGER, weekly_hours=12
        )
    )


def more(session: Session) -> None:
    session.add(Company(name="Founded later"))


url = Settings.load().database_url
upgrade(url)
engine = make_engine(url)
with transaction(make_sessions(engine)) as session:
    for argument in sys.argv[1:]:
        if argument in ("write", "more"):
            {"write": write, "more": more}[argument](session)
        else:
            session.execute(text(argument))
with engine.connect() as connection:
    for table in Base.metadata.sorted_tables:
        for row in connection.execute(select(table).order_by(*table.primary_key)).mappings():
            print(json.dumps({"table": table.name, **row}, default=str))
engine.dispose()
