"""The smallest project with SQLAlchemy, Alembic and pytest that one would write by hand: the lower bound of others."""

from pathlib import Path

DRIVERS = {
    ("sqlite", "sync"): ("sqlite", []),
    ("sqlite", "async"): ("sqlite+aiosqlite", ["aiosqlite"]),
    ("postgresql", "sync"): ("postgresql+psycopg", ["psycopg[binary]"]),
    ("postgresql", "async"): ("postgresql+psycopg", ["psycopg[binary]"]),
    ("mariadb", "sync"): ("mariadb+pymysql", ["pymysql[rsa]"]),
    ("mariadb", "async"): ("mariadb+asyncmy", ["asyncmy"]),
}

PYPROJECT = """\
[project]
name = "minimum"
version = "0"
requires-python = ">=3.11"
dependencies = {dependencies}

[dependency-groups]
dev = {dev}

[tool.pytest]
pythonpath = ["."]
{options}
"""

ALEMBIC = """\
[alembic]
script_location = migrations
prepend_sys_path = .
"""

MODELS = """\
import os

from sqlalchemy import ForeignKey, String, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def url(variable="DATABASE_URL"):
    return make_url(os.environ[variable]).set(drivername="{drivername}")


class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    employees: Mapped[list["Employee"]] = relationship(back_populates="company")


class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    company: Mapped[Company] = relationship(back_populates="employees")
"""

REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table(
        "companies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
    )
    op.create_table(
        "employees",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("company_id", sa.Integer, sa.ForeignKey("companies.id"), nullable=False),
    )


def downgrade():
    op.drop_table("employees")
    op.drop_table("companies")
"""

ENV = {
    "sync": """\
from alembic import context
from models import Base, url
from sqlalchemy import create_engine

with create_engine(url()).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
""",
    "async": """\
import asyncio

from alembic import context
from models import Base, url
from sqlalchemy.ext.asyncio import create_async_engine


def migrate(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(url())
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


asyncio.run(main())
""",
}

CONFTEST = {
    "sync": """\
import pytest
from models import Base, url
from sqlalchemy import create_engine
from sqlalchemy.orm import Session


@pytest.fixture(scope="session")
def engine():
    engine = create_engine(url("TEST_DATABASE_URL"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session
""",
    "async": """\
import pytest
from models import Base, url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine


@pytest.fixture(scope="session")
async def engine():
    engine = create_async_engine(url("TEST_DATABASE_URL"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine):
    async with AsyncSession(engine) as session:
        yield session
""",
}

TESTS = {
    "sync": """\
import pytest
from models import Company, Employee
from sqlalchemy import select


@pytest.mark.parametrize("number", range({tests}))
def test_what_was_written_is_read(session, number):
    session.add(Company(name="Ours", employees=[Employee(name=f"Number {{number}}")]))
    session.flush()
    assert session.scalars(select(Employee.name).join(Employee.company)).all() == [f"Number {{number}}"]
""",
    "async": """\
import pytest
from models import Company, Employee
from sqlalchemy import select


@pytest.mark.parametrize("number", range({tests}))
async def test_what_was_written_is_read(session, number):
    session.add(Company(name="Ours", employees=[Employee(name=f"Number {{number}}")]))
    await session.flush()
    assert (await session.scalars(select(Employee.name).join(Employee.company))).all() == [f"Number {{number}}"]
""",
}


def write_minimum(folder: Path, database: str, io: str, tests: int) -> Path:
    """Write the project into a folder, with so many tests, and return the folder."""
    drivername, requirements = DRIVERS[database, io]
    is_async = io == "async"
    loop = 'asyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "session"\n'
    loop += 'asyncio_default_test_loop_scope = "session"\n'
    files = {
        "pyproject.toml": PYPROJECT.format(
            dependencies=["alembic", "sqlalchemy[asyncio]" if is_async else "sqlalchemy", *requirements],
            dev=["pytest", *(["pytest-asyncio"] if is_async else [])],
            options=loop if is_async else "",
        ),
        "alembic.ini": ALEMBIC,
        "models.py": MODELS.replace("{drivername}", drivername),
        "migrations/env.py": ENV[io],
        "migrations/versions/1.py": REVISION,
        "tests/conftest.py": CONFTEST[io],
        "tests/test_models.py": TESTS[io].format(tests=tests),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
