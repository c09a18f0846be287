"""Write, change and read many rows in the ways of docs/practices.md, and print what each sent: `many_rows.py URL`."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import json
import sys
import uuid
from collections import Counter
from collections.abc import Callable

from my_project.db.keys import Key
from my_project.db.mixins import AuditMixin
from my_project.db.session import make_engine, make_sessions, transaction
from my_project.models import Base, Company, Employee
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Mapped, Session, joinedload, lazyload, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.base import ExecutableOption
from tests.statements import recorded

ROWS = 2000  # new objects; SQLAlchemy puts up to 1000 of them into one statement
COMPANIES = 1000  # that are read; `selectin` asks for the lists of 500 at once
SERVER_MAKES = {"postgresql": "gen_random_uuid()", "mariadb": "(replace(uuid(), '-', ''))"}

engine = make_engine(sys.argv[1])
sessions = make_sessions(engine)
sent: dict[str, Counter[str]] = {}


def count(name: str, work: Callable[[Session], object]) -> None:
    """Do something in a unit of work, and note how many statements of which kind it took."""
    with recorded(engine) as statements, transaction(sessions) as session:
        work(session)
    sent[name] = Counter(statement.split()[0] for statement in statements)


def read(session: Session, *options: ExecutableOption) -> None:
    """Read all companies with their employees."""
    for company in session.scalars(select(Company).options(*options)).unique():
        assert len(company.employees) == 1


class OfServer(AuditMixin, Base):
    """A model whose key the server makes, as no project has it."""

    __tablename__ = "of_server"
    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, init=False, server_default=text(SERVER_MAKES.get(engine.dialect.name, "''"))
    )
    name: Mapped[str]


Base.metadata.create_all(engine)

count("add_all()", lambda session: session.add_all(Company(name=f"object {number}") for number in range(ROWS)))
if engine.dialect.name in SERVER_MAKES:
    count("key of the server", lambda session: session.add_all(OfServer(name="someone") for _ in range(ROWS)))

with transaction(sessions) as session:
    session.execute(text("DELETE FROM companies"))
count("insert()", lambda session: session.execute(insert(Company), [{"name": str(row)} for row in range(COMPANIES)]))
with sessions() as session:
    keys: list[Key] = list(session.scalars(select(Company.id)))
assert len(set(keys)) == COMPANIES
with transaction(sessions) as session:
    people = [{"company_id": key, "name": "Ada", "email": f"{key}@example.com"} for key in keys]
    session.execute(insert(Employee), people)

count("selectin", read)
count("joined", lambda session: read(session, joinedload(Company.employees)))
count("lazy", lambda session: read(session, lazyload(Company.employees)))

with sessions() as session:
    people = [{"id": key, "weekly_hours": 30} for key in session.scalars(select(Employee.id))]
count("update() of all", lambda session: session.execute(update(Employee).values(name="Eve")))
count("update() of each", lambda session: session.execute(update(Employee), people))


def change_objects(session: Session) -> None:
    for employee in session.scalars(select(Employee)).all():
        employee.name = "Ben"


count("objects", change_objects)
with sessions() as session:
    changed = session.scalars(select(Employee)).all()
    assert {(employee.name, employee.weekly_hours) for employee in changed} == {("Ben", 30)}
    assert all(employee.updated_at >= employee.created_at for employee in changed)

# Company has VersionMixin: each row brings its version, and an old one is refused
renamed = [{"id": keys[0], "version_id": 1, "name": "renamed"}]
count("update() of a version", lambda session: session.execute(update(Company), renamed))
try:
    count("update() of an old version", lambda session: session.execute(update(Company), renamed))
except StaleDataError:
    print(json.dumps(sent))

engine.dispose()
