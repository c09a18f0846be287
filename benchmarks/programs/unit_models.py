"""The two tables of `units`, as each of those who are compared declares them."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import datetime
import itertools
from typing import Any, Protocol

import sqlmodel
from advanced_alchemy.base import IdentityAuditBase
from my_project.db import dialect, mixins
from my_project.db.base import Base
from my_project.db.engine import with_driver
from my_project.db.keys import KeyMixin
from my_project.db.types import utcnow
from side_by_side import pick
from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Integer,
    String,
    create_engine,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

OPERATIONS = ("insert", "read by key", "query with a relationship", "update", "delete")
WORKERS = 16
COUNTED = pick(1, 10, 10)  # units of work whose waits for the database are counted
COMPANIES, EMPLOYEES = 320, 1600

# Peers that should not be faster than this project; on SQLite they have a file of their own.
PEERS = ("plain Session", "advanced-alchemy session", "advanced-alchemy repository", "SQLModel")
BOUNDS: dict[str, tuple[float | None, float | None]] = dict.fromkeys(PEERS, (1, None))

KEY = BigInteger().with_variant(Integer(), "sqlite")
TIME = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class Company(KeyMixin, mixins.AuditMixin, Base):
    """As a project of the template declares it; its tables are those of all."""

    __tablename__ = "companies"
    name: Mapped[str] = mapped_column(String(100), index=True)
    employees: Mapped[list["Employee"]] = relationship(init=False, lazy="raise_on_sql")


class Employee(KeyMixin, mixins.AuditMixin, Base):
    """As a project of the template declares it."""

    __tablename__ = "employees"
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))


class PlainBase(DeclarativeBase):
    """The base class of SQLAlchemy's tutorial."""


class PlainAudit:
    """Server time, as in SQLAlchemy's documentation of mixins."""

    id: Mapped[int] = mapped_column(KEY, Identity(), primary_key=True)
    created_at: Mapped[datetime.datetime] = mapped_column(TIME, server_default=func.now())
    updated_at: Mapped[datetime.datetime] = mapped_column(TIME, server_default=func.now(), onupdate=func.now())


class PlainCompany(PlainAudit, PlainBase):
    """As SQLAlchemy's tutorial declares it."""

    __tablename__ = "companies"
    name: Mapped[str] = mapped_column(String(100))
    employees: Mapped[list["PlainEmployee"]] = relationship()


class PlainEmployee(PlainAudit, PlainBase):
    """As SQLAlchemy's tutorial declares it."""

    __tablename__ = "employees"
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str] = mapped_column(String(100))


class AdvancedCompany(IdentityAuditBase):
    """As advanced-alchemy declares it: its times are by the clock of the application."""

    __tablename__ = "companies"
    name: Mapped[str] = mapped_column(String(100))
    employees: Mapped[list["AdvancedEmployee"]] = relationship()


class AdvancedEmployee(IdentityAuditBase):
    """As advanced-alchemy declares it."""

    __tablename__ = "employees"
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str] = mapped_column(String(100))


class ModelAudit(sqlmodel.SQLModel):
    """Server time, as SQLModel passes them on to SQLAlchemy."""

    id: int | None = sqlmodel.Field(default=None, primary_key=True, sa_type=KEY)
    created_at: datetime.datetime | None = sqlmodel.Field(
        default=None,
        sa_type=TIME,
        sa_column_kwargs={"server_default": func.now()},
    )
    updated_at: datetime.datetime | None = sqlmodel.Field(
        default=None,
        sa_type=TIME,
        sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()},
    )


class ModelCompany(ModelAudit, table=True):
    """As SQLModel's tutorial declares it."""

    __tablename__ = "companies"
    name: str = sqlmodel.Field(max_length=100)
    employees: list["ModelEmployee"] = sqlmodel.Relationship()


class ModelEmployee(ModelAudit, table=True):
    """As SQLModel's tutorial declares it."""

    __tablename__ = "employees"
    company_id: int = sqlmodel.Field(foreign_key="companies.id")
    name: str = sqlmodel.Field(max_length=100)


class Rows:
    """The tables of a database, and what is done with them outside of what is measured."""

    def __init__(self, url: URL) -> None:
        """Make the tables, and in them companies with their employees; keys are counted from 1."""
        self.engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER))
        self.may_be_locked = self.engine.dialect.name == "sqlite"
        Base.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            if connection.scalar(select(func.count()).select_from(Company.__table__)):
                return
            companies = [{"name": f"company {number}"} for number in range(1, COMPANIES + 1)]
            connection.execute(insert(Company.__table__), companies)
            self.hire(connection, EMPLOYEES)

    def group(self, io: str, workers: int) -> str:
        """Return the heading of comparisons."""
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(self.engine.dialect.name, "MariaDB")
        return f"{io}, {name}, {workers} worker{'s' * (workers > 1)}"

    def units(self, workers: int) -> int:
        """Return how many units of work are one measurement: fewer where they wait for a locked file."""
        waiting = self.may_be_locked and workers > 1
        units: int = pick(2, 16, 32) if waiting else pick(2, 48, 96)
        return units

    def hire(self, connection: Connection, count: int) -> None:
        """Insert employees."""
        rows = [{"company_id": number % COMPANIES + 1, "name": "someone"} for number in range(count)]
        connection.execute(insert(Employee.__table__), rows)

    def keys(self, operation: str, count: int) -> list[int]:
        """Return different keys for units of work: of companies, of employees, or of new ones to delete."""
        if operation == "delete":
            with self.engine.begin() as connection:
                self.hire(connection, count)
                return list(connection.scalars(select(Employee.id).where(Employee.id > EMPLOYEES)))
        limit = EMPLOYEES if operation in ("read by key", "update") else COMPANIES
        return [number * 7 % limit + 1 for number in range(count)]

    def clean(self) -> None:
        """Delete the rows of the units of work, so that nobody finds a larger table than the others."""
        with self.engine.begin() as connection:
            connection.execute(delete(Employee).where(Employee.id > EMPLOYEES))


def peers_of(url: URL) -> URL:
    """Return the URL for PEERS: a file of SQLite remembers who put it into WAL mode."""
    return url.set(database=f"{url.database}-peers") if url.get_backend_name() == "sqlite" else url


def is_locked(error: BaseException) -> bool:
    """Return whether SQLite gave up waiting, so that the unit of work can be run again."""
    return "database is locked" in f"{error} {error.__cause__}"


class Counter(Protocol):
    """A counter of waits for the database, and its name."""

    name: str
    count: int


_names = itertools.count()


def another_name() -> str:
    """Return a name that no employee has."""
    return f"someone {next(_names)}"


def settings_of(dialect_: Dialect, url: URL) -> dict[str, Any]:
    """Return how the driver connects if this project asks it to."""
    names, settings = dialect_.create_connect_args(url)
    return {**dialect.CONNECT, **settings, **({"database": names[0]} if names else {})}


def statements_for(of: Dialect) -> dict[str, str]:
    """Return the SQL that the project sends, for a driver alone."""
    now: Any = utcnow().compile(dialect=of)
    columns = "employees.id, employees.company_id, employees.name, employees.created_at, employees.updated_at"
    found = {
        "begin": "BEGIN IMMEDIATE" if of.name == "sqlite" else "",  # the other drivers begin by themselves
        "begin to read": "BEGIN" if of.name == "sqlite" else "",
        "insert": "INSERT INTO employees (company_id, name) VALUES (%s, %s) RETURNING id, created_at, updated_at",
        "read": f"SELECT {columns} FROM employees WHERE employees.id = %s",  # noqa: S608
        "company": "SELECT id, name, created_at, updated_at FROM companies WHERE name = %s",
        "employees": f"SELECT {columns} FROM employees WHERE employees.company_id IN (%s)",  # noqa: S608
        "update": f"UPDATE employees SET name = %s, updated_at = {str(now).replace('%', '%%')} WHERE id = %s",  # noqa: S608
        "updated": "SELECT updated_at FROM employees WHERE id = %s",
        "delete": "DELETE FROM employees WHERE id = %s",
    }
    if of.name != "mariadb":
        found |= {"update": f"{found['update']} RETURNING updated_at", "updated": ""}
    if of.name == "sqlite":
        found = {name: sql.replace("%s", "?").replace("%%", "%") for name, sql in found.items()}
    return found
