"""Tests of the claims in docs/contributing/claims.md about SQLAlchemy itself.

The models here are plain ones, with SQLAlchemy's defaults where a claim is about them.
"""

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, create_engine, event, func, insert, select, text, update
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import (
    ArgumentError,
    CompileError,
    IntegrityError,
    InvalidRequestError,
    MissingGreenlet,
    OperationalError,
    StatementError,
)
from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.orm.exc import DetachedInstanceError
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool, SingletonThreadPool, StaticPool
from sqlalchemy.schema import CreateTable


class Base(AsyncAttrs, MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Keeps the models of this file."""


class Company(Base):
    """One side, with lazy loading."""

    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(unique=True)
    employees: Mapped[list["Employee"]] = relationship(back_populates="company", init=False)


class Employee(Base):
    """The other side."""

    __tablename__ = "employees"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column()
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), default=None)
    company: Mapped[Company | None] = relationship(back_populates="employees", default=None)


class Stamped(Base):
    """A model with onupdate, without eager_defaults."""

    __tablename__ = "stamped"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
    updated_at: Mapped[datetime | None] = mapped_column(onupdate=func.now(), init=False)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database in memory, with foreign keys."""
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session with the flags of the generated projects, and two companies with two employees each."""
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        for name in ("Acme", "Birch"):
            company = Company(name=name)
            company.employees += [Employee(name=f"Ada of {name}"), Employee(name=f"Ben of {name}")]
            session.add(company)
        session.commit()
        session.expunge_all()
        yield session


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements of a block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


# Models


def test_mysql_refuses_a_text_without_a_length() -> None:
    with pytest.raises(CompileError, match="length"):
        CreateTable(Base.metadata.tables["companies"]).compile(dialect=mysql.dialect())


def test_a_number_is_refused_as_a_server_default() -> None:
    with pytest.raises(ArgumentError):
        mapped_column(server_default=0)  # type: ignore[arg-type]


def test_a_default_is_there_after_the_flush_and_a_dataclass_default_at_once(engine: Engine) -> None:
    class Plain(DeclarativeBase):
        pass

    class Note(Plain):
        __tablename__ = "notes"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str] = mapped_column(default="empty")

    Plain.metadata.create_all(engine)
    note = Note()

    with Session(engine) as session:
        session.add(note)
        before: str | None = note.text
        session.flush()
        after = note.text

    assert before is None
    assert after == "empty"
    assert Employee(name="Ada").company_id is None  # at once, without a session


def test_with_the_equality_of_dataclasses_instances_cannot_be_in_a_set() -> None:
    class Careless(MappedAsDataclass, DeclarativeBase):
        pass

    class Item(Careless):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)

    with pytest.raises(TypeError, match="unhashable"):
        {Item()}


def test_a_mixin_that_is_no_dataclass_is_refused() -> None:
    class Mixin:
        note: Mapped[str]

    with pytest.raises(InvalidRequestError, match="MappedAsDataclass"):

        class Model(Mixin, Base):
            __tablename__ = "mixed"
            id: Mapped[int] = mapped_column(primary_key=True, init=False)


# Relationships


def test_with_back_populates_on_one_side_the_other_does_not_follow() -> None:
    class Plain(DeclarativeBase):
        pass

    class Parent(Plain):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)
        children: Mapped[list["Child"]] = relationship()

    class Child(Plain):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))
        parent: Mapped[Parent] = relationship(back_populates="children", overlaps="children")

    parent, child = Parent(), Child()

    parent.children.append(child)

    assert child.parent is None


def test_a_relationship_wins_over_its_key_without_a_warning(session: Session) -> None:
    acme, birch = session.scalars(select(Company).order_by(Company.id)).all()
    ada = Employee(name="Ada", company_id=acme.id, company=birch)

    session.add(ada)
    session.flush()

    assert ada.company_id == birch.id


def test_a_relationship_of_none_overwrites_its_key_and_an_absent_one_does_not(session: Session) -> None:
    given, absent = Employee(name="Ada", company_id=1, company=None), Employee(name="Ben", company_id=1)

    session.add_all([given, absent])
    session.flush()

    assert (given.company_id, absent.company_id) == (None, 1)


def test_without_a_relationship_a_child_may_be_inserted_before_its_parent(engine: Engine) -> None:
    class Plain(DeclarativeBase):
        pass

    class Parent(Plain):
        __tablename__ = "parents"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Child(Plain):
        __tablename__ = "children"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"))

    Plain.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Parent(id=1), Child(parent_id=1)])

        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            session.flush()


def test_after_a_key_changes_the_relationship_stays_until_it_is_refreshed(session: Session) -> None:
    ada = session.scalars(select(Employee).options(joinedload(Employee.company))).first()
    assert ada is not None
    assert ada.company is not None

    ada.company_id = 2
    session.commit()
    stale = ada.company.name
    session.refresh(ada, ["company"])

    assert (stale, ada.company.name) == ("Acme", "Birch")


def test_a_list_of_objects_costs_a_statement_for_each_unless_the_query_loads_along(
    engine: Engine, session: Session
) -> None:
    with counted(engine) as lazily:
        for company in session.scalars(select(Company)):
            assert len(company.employees) == 2
    session.expunge_all()
    with counted(engine) as at_once:
        for company in session.scalars(select(Company).options(selectinload(Company.employees))):
            assert len(company.employees) == 2

    assert (len(lazily), len(at_once)) == (1 + 2, 2)


def test_a_joined_collection_asks_for_unique(session: Session) -> None:
    with pytest.raises(InvalidRequestError, match="unique"):
        session.scalars(select(Company).options(joinedload(Company.employees))).all()


def test_get_ignores_options_for_an_object_that_is_loaded(engine: Engine, session: Session) -> None:
    company = session.get_one(Company, 1)

    with counted(engine) as statements:
        session.get(Company, 1, options=[selectinload(Company.employees)])

    assert statements == []
    assert "employees" not in vars(company)


# Sessions


def test_first_and_scalar_drop_further_rows_and_one_does_not(session: Session) -> None:
    query = select(Company.name)

    assert session.scalars(query).first() is not None
    assert session.scalar(query) is not None
    with pytest.raises(InvalidRequestError, match="Multiple rows"):
        session.execute(query).scalar_one()


def test_an_update_statement_reaches_loaded_objects_and_sql_as_text_does_not(session: Session) -> None:
    company = session.get_one(Company, 1)

    session.execute(update(Company).where(Company.id == 1).values(name="Acme 2"))
    reached = company.name
    session.execute(text("UPDATE companies SET name = 'Acme 3' WHERE id = 1"))

    assert (reached, session.get_one(Company, 1).name) == ("Acme 2", "Acme 2")
    assert session.scalar(select(Company.name).where(Company.id == 1)) == "Acme 3"


def test_an_update_of_many_rows_reaches_loaded_objects(session: Session) -> None:
    company = session.get_one(Company, 1)

    session.execute(update(Company), [{"id": 1, "name": "Acme 2"}])

    assert company.name == "Acme 2"


def test_rows_get_a_default_factory_only_as_insert_default(engine: Engine) -> None:
    class Label(Base):
        __tablename__ = "labels"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        forgotten: Mapped[str | None] = mapped_column(default_factory=lambda: "made", init=False)
        given: Mapped[str | None] = mapped_column(
            default_factory=lambda: "made", insert_default=lambda: "made", init=False
        )

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(insert(Label), [{"id": 1}, {"id": 2}])

        assert session.execute(select(Label.forgotten, Label.given)).all() == [(None, "made")] * 2


def test_flush_also_sends_changed_attributes(engine: Engine, session: Session) -> None:
    session.get_one(Company, 1).name = "Acme 2"

    with counted(engine) as statements:
        session.flush()

    assert [statement.split()[0] for statement in statements] == ["UPDATE"]


def test_execute_commits_nothing(engine: Engine, session: Session) -> None:
    session.execute(text("UPDATE companies SET name = 'Acme 2' WHERE id = 1"))
    session.close()

    with Session(engine) as other:
        assert other.get_one(Company, 1).name == "Acme"


def test_a_swallowed_flush_error_loses_the_unit_without_an_error(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(Company(name="Cobalt"))
        session.flush()
        session.add(Company(name="Cobalt"))
        with pytest.raises(IntegrityError):
            session.flush()

    with Session(engine) as other:
        assert other.scalars(select(Company)).all() == []


def test_with_expire_on_commit_objects_are_unreadable_after_the_session(engine: Engine) -> None:
    company = Company(name="Cobalt")
    with Session(engine) as session, session.begin():
        session.add(company)

    with pytest.raises(DetachedInstanceError):
        assert company.name


@pytest.mark.parametrize("autoflush", [True, False])
def test_look_up_and_add_twice_violates_a_unique_key_without_a_flush(engine: Engine, *, autoflush: bool) -> None:
    with Session(engine, autoflush=autoflush) as session:
        for _ in range(2):
            if session.scalars(select(Company).where(Company.name == "Cobalt")).first() is None:
                session.add(Company(name="Cobalt"))

        if autoflush:
            session.flush()
        else:
            with pytest.raises(IntegrityError):
                session.flush()


def test_autoflush_comes_before_every_statement_also_before_text(engine: Engine) -> None:
    with Session(engine) as session:
        session.add(Company(name="Cobalt"))

        assert session.scalar(text("SELECT count(*) FROM companies")) == 1


def test_an_object_stays_as_it_was_until_a_query_populates_it(engine: Engine, session: Session) -> None:
    company = session.get_one(Company, 1)
    session.commit()
    with Session(engine) as other:
        other.get_one(Company, 1).name = "Meta"
        other.commit()

    again = session.scalars(select(Company).where(Company.id == 1)).one().name
    query = select(Company).where(Company.id == 1).execution_options(populate_existing=True)
    populated = session.scalars(query).one().name

    assert (again, populated) == ("Acme", "Meta")
    assert company.name == "Meta"


def test_nothing_can_be_asked_after_a_commit_inside_begin(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.commit()

        with pytest.raises(InvalidRequestError, match="closed transaction"):
            session.get(Company, 1)


def test_begin_comes_too_late_after_the_first_query(session: Session) -> None:
    session.get(Company, 1)

    with pytest.raises(InvalidRequestError, match="already begun"):
        session.begin()


# Engines


def test_an_engine_of_no_url_says_nothing_of_settings() -> None:
    with pytest.raises(ArgumentError, match="Expected string or URL object, got None"):
        create_engine(None)  # type: ignore[call-overload]


def test_a_database_in_memory_is_another_one_in_each_thread() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    errors: list[Exception] = []

    def look() -> None:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT * FROM t"))
        except OperationalError as error:
            errors.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    engine.dispose()

    assert "no such table" in str(errors[0])


def test_pools_of_sqlite_are_what_the_page_says() -> None:
    assert isinstance(create_engine("sqlite://").pool, SingletonThreadPool)
    assert isinstance(create_async_engine("sqlite+aiosqlite://").pool, StaticPool)
    assert isinstance(create_engine("sqlite:///file.db").pool, QueuePool)
    assert isinstance(create_async_engine("sqlite+aiosqlite:///file.db").pool, AsyncAdaptedQueuePool)


# asyncio


def run(body: Callable[[AsyncEngine, AsyncSession], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine with an engine and a session of the projects' flags."""

    async def main() -> None:
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine, autoflush=False, expire_on_commit=False) as session:
            company = Company(name="Acme")
            company.employees.append(Employee(name="Ada"))
            session.add_all([company, Stamped(name="before")])
            await session.commit()
            session.expunge_all()
            await body(engine, session)
        await engine.dispose()

    asyncio.run(main())


def refuses_to_load(read: Callable[[], object]) -> None:
    """Expect the error of loading behind an attribute; which one it is depends on the driver."""
    with warnings.catch_warnings(action="ignore"):  # the coroutine of the driver is never awaited
        with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn"):
            read()
        gc.collect()


def test_loading_behind_an_attribute_is_an_error_under_asyncio() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        ada = (await session.scalars(select(Employee))).one()

        refuses_to_load(lambda: ada.company)

        company = await ada.awaitable_attrs.company
        assert company.name == "Acme"

    run(body)


def test_without_the_brackets_awaitable_attributes_are_an_error() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        ada = (await session.scalars(select(Employee))).one()
        loading: Any = ada.awaitable_attrs.company

        with pytest.raises(AttributeError, match="coroutine"):
            assert loading.name

        await loading

    run(body)


def test_updated_at_is_unreadable_under_asyncio_without_eager_defaults() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        stamped = (await session.scalars(select(Stamped))).one()
        stamped.name = "after"
        await session.commit()

        refuses_to_load(lambda: stamped.updated_at)

    run(body)


def test_run_sync_stays_in_the_same_thread() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        assert await session.run_sync(lambda _: threading.get_ident()) == threading.get_ident()

    run(body)


def test_refresh_remembers_what_the_query_loaded_along() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        query = select(Employee).options(joinedload(Employee.company))
        ada = (await session.scalars(query)).one()

        await session.refresh(ada)

        assert ada.company is not None
        assert ada.company.name == "Acme"

    run(body)


def test_a_new_object_has_no_collection_before_it_is_refreshed() -> None:
    async def body(_engine: AsyncEngine, session: AsyncSession) -> None:
        company = Company(name="Birch")
        session.add(company)
        await session.flush()
        refuses_to_load(lambda: company.employees)

        await session.refresh(company, ["employees"])

        assert company.employees == []

    run(body)
