"""Revisions that Alembic writes: they say the same on every database, and can be applied, undone and printed."""

import ast
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import inside
from .clients import execute, rows, tables
from .conftest import Bake, NewDatabase
from .labs import DATABASES, Lab, new_lab
from .planting import ADD_CITY, CITY, DROP_CITY, LONGER_NAMES, Edit, Revision, package, versions
from .projects import printed, run

MESSAGE = "Companies, and the people who work for them: the 1st revision of all"


@pytest.fixture(params=DATABASES)
def lab(request: pytest.FixtureRequest, bake: Bake, new_database: NewDatabase, tmp_path: Path) -> Lab:
    return new_lab(bake, new_database, tmp_path, request.param)


def revisions(lab: Lab) -> set[Path]:
    """Return the files of all revisions."""
    return set(versions(lab.project).glob("*.py"))


# Arguments that Alembic writes without need.
DEFAULTS = {("schema", None), ("unique", False)}


def operations(revision: Path) -> dict[str, str]:
    """Return what a revision does, without its names, comments, spaces, and arguments that say nothing."""
    functions = [node for node in ast.parse(revision.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    for call in (node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)):
        call.keywords = [
            keyword
            for keyword in call.keywords
            if not (isinstance(keyword.value, ast.Constant) and (keyword.arg, keyword.value.value) in DEFAULTS)
        ]
    return {function.name: ast.unparse(function) for function in functions}


@pytest.mark.parametrize("primary_key", ["integer", "uuid"])
@pytest.mark.parametrize("database", DATABASES)
def test_the_models_of_the_example_give_the_shipped_revision_on_every_database(
    database: str, primary_key: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database, primary_key=primary_key)
    (shipped,) = revisions(lab)
    expected = operations(shipped)
    shipped.unlink()

    lab.migrate(f"revision --autogenerate -m '{MESSAGE}'")

    (written,) = revisions(lab)
    assert operations(written) == expected
    lab.migrate("upgrade head", "check", "downgrade base", "upgrade head", "check")


def test_a_revision_is_named_by_its_date_and_formatted(lab: Lab) -> None:
    (shipped,) = revisions(lab)

    lab.plant(CITY)
    lab.migrate("upgrade head", f"revision --autogenerate -m '{MESSAGE}'")

    (written,) = revisions(lab) - {shipped}
    assert re.fullmatch(
        r"20\d{6}_\d{4}_[0-9a-f]{12}_companies_and_the_people_who_work_for_them_the_.*\.py", written.name
    )
    assert len(written.name) < 90
    for command in ("check", "format --check"):
        printed(run(lab.project, sys.executable, "-m", "ruff", *command.split(), written))


def test_where_nothing_changed_no_revision_is_written(lab: Lab) -> None:
    before = revisions(lab)

    output = lab.migrate("upgrade head", "revision --autogenerate -m nothing")

    assert "No revision was written: models/__init__.py lacks an import, or nothing changed that Alembic" in output
    assert revisions(lab) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "warns"),
    [
        ("company.py", "    city: Mapped", "    town: Mapped", "the column city goes with its data, and town"),
        ("employee.py", '"employees"', '"staff"', "the table employees goes with its data, and staff"),
    ],
)
def test_a_draft_that_may_be_a_rename_has_a_warning(file: str, old: str, new: str, warns: str, lab: Lab) -> None:
    lab.plant(CITY)
    before = lab.migrate("upgrade head", "revision --autogenerate -m city", "upgrade head")
    lab.plant(Edit(f"models/{file}", old, new))

    output = lab.migrate("revision --autogenerate -m renamed")

    assert "Warning: " not in before
    assert f"{warns} is new. If it was renamed, write " in output
    assert "Warning: " in output


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_column_with_a_check_is_renamed_as_the_warning_says(
    database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database)
    rename = 'op.alter_column("employees", "{}", new_column_name="{}")'.format
    lab.plant(
        Edit("models/employee.py", "weekly_hours", "hours"),
        Revision(rename("weekly_hours", "hours"), rename("hours", "weekly_hours")),
    )

    lab.migrate("upgrade head", "check", "downgrade -1", "upgrade head", "check")

    assert "passed" in shipped_tests(lab)


# Data, with characters that SQL or a driver may take for its own.
ADD_COMPANY = Revision(
    'companies = sa.table("companies", sa.column("name", sa.String()))\n'
    """op.execute(companies.insert().values(name="O'Hara & Co.: 5 %"))""",
    name="third",
    follows="second",
)


def offline(lab: Lab) -> subprocess.CompletedProcess[str]:
    """Run `upgrade head --sql`, which prints the statements to one stream and what is logged to the other."""
    return inside.python(lab.project, inside.PROGRAMS / "commands.py", "upgrade head --sql", DATABASE_URL=lab.url)


def test_printed_statements_make_the_schema_of_the_models(lab: Lab) -> None:
    lab.plant(CITY, Revision(ADD_CITY, DROP_CITY), ADD_COMPANY)

    done = offline(lab)
    printed(done)
    untouched = tables(lab.url)
    execute(lab.url, done.stdout)

    lab.migrate("check", "current --check-heads")
    assert untouched == set()
    assert rows(lab.url, "SELECT name, city FROM companies") == [("O'Hara & Co.: 5 %", "Oslo")]


# How long a statement waits for a lock that others hold, as in migrations that run.
WAITS = {
    "sqlite": "PRAGMA foreign_keys = OFF;",  # it waits for none
    "postgresql": "SET lock_timeout = '5s';",
    "mysql": "SET SESSION lock_wait_timeout = 5;",
}


def test_printed_statements_wait_for_locks_no_longer_than_migrations_do(lab: Lab) -> None:
    before, create, _ = printed(offline(lab)).partition("CREATE TABLE")

    assert create
    assert WAITS[lab.database] in before


def test_a_batch_is_printed_where_the_table_need_not_be_copied(lab: Lab) -> None:
    lab.plant(Revision(LONGER_NAMES))

    done = offline(lab)

    if lab.database == "sqlite":
        assert "batch mode" in printed(done, returns=255)
    else:
        assert "ALTER TABLE companies" in printed(done)


MODEL = """
from typing import Literal

from sqlalchemy import *
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import CreateView
from sqlalchemy.types import UserDefinedType

from ..db.base import Base
from ..db.keys import KeyMixin
from .company import Company
"""

# A package of somebody else, with a type that SQLAlchemy does not know.
THIRD_PARTY = """
from sqlalchemy.types import UserDefinedType


class Money(UserDefinedType[str]):
    def __init__(self, digits: int = 2) -> None:
        self.digits = digits

    def get_col_spec(self, **options: object) -> str:
        return f"DECIMAL(10, {self.digits})"
"""


def write_models(project: Path, models: str) -> None:
    """Write the models beside those of the example."""
    (package(project) / "models" / "more.py").write_text(f"{MODEL}\n{models}", "utf-8")


@dataclass(frozen=True)
class Construct:
    """Models as SQLAlchemy's documentation writes them, where they work, and what the revision says."""

    what: str
    models: str
    says: tuple[str, ...] = ()
    databases: tuple[str, ...] = ("sqlite", "postgresql", "mysql")

    def plant(self, project: Path) -> None:
        write_models(project, self.models)
        (project / "src" / "third_party.py").write_text(THIRD_PARTY, "utf-8")
        Edit("models/__init__.py", "\n__all__", "from .more import *\n\n__all__").plant(project)


CONSTRUCTS = [
    Construct(
        "a schema",
        """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": "sales"}
    number: Mapped[str] = mapped_column(String(20), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)


class Line(KeyMixin, Base):
    __tablename__ = "lines"
    __table_args__ = {"schema": "sales"}
    order_id: Mapped[int] = mapped_column(ForeignKey("sales.orders.id"), index=True)
""",
        ("CREATE SCHEMA IF NOT EXISTS sales", 'create_table("orders"', 'schema="sales"'),
        databases=("postgresql",),
    ),
    Construct(
        "a sequence as a default",
        """
numbers = Sequence("order_numbers", start=1000, metadata=Base.metadata)


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    number: Mapped[int] = mapped_column(BigInteger, server_default=numbers.next_value(), init=False)
""",
        (
            "CREATE SEQUENCE order_numbers START WITH 1000",
            'create_table("orders"',
            'server_default=sa.Sequence("order_numbers").next_value()',
            'drop_table("orders")',
            "DROP SEQUENCE order_numbers",
        ),
        databases=("postgresql", "mysql"),
    ),
    Construct(
        "a type of a third party",
        """
from third_party import Money


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    price: Mapped[str] = mapped_column(Money(digits=4), info={"sample": 1})
    was: Mapped[str | None] = mapped_column(Money().with_variant(Text(), "sqlite"), default=None)
""",
        ("import third_party", "third_party.Money(digits=4)"),
        # how SQLAlchemy calls a DECIMAL is not how the type calls itself
        databases=("postgresql", "mysql"),
    ),
    Construct(
        "a view",
        """
famous = CreateView(
    select(Company.id, Company.name).where(Company.name.like("A%"), Company.name != "a :b \\\\ 'c'"),
    "a_view",
    metadata=Base.metadata,
).table
""",
        ("CREATE VIEW a_view AS SELECT", "DROP VIEW a_view"),
    ),
    Construct(
        "a materialized view",
        """
famous = CreateView(
    select(Company.id, Company.name).where(Company.name.like("A%")),
    "a_view",
    metadata=Base.metadata,
    materialized=True,
).table
""",
        ("CREATE MATERIALIZED VIEW a_view AS SELECT", "DROP MATERIALIZED VIEW a_view"),
        databases=("postgresql",),
    ),
    Construct(
        "classes that are mapped imperatively",
        """
class Imperative:
    pass


class Counted:
    pass


imperatives = Table(
    "imperatives", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String(20))
)
Base.registry.map_imperatively(Imperative, imperatives, eager_defaults=True)
counts = select(Company.name, func.count().label("count")).group_by(Company.name).subquery("counts")
Base.registry.map_imperatively(Counted, counts, primary_key=[counts.c.name])
""",
        ('create_table("imperatives"',),
    ),
    Construct(
        "defaults, an identity, a Literal and a computed column",
        """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    version: Mapped[str] = mapped_column(String(10), server_default="1.0")
    size: Mapped[Literal["S", "L"]] = mapped_column(server_default="S")
    price: Mapped[int] = mapped_column(server_default=text("1"))
    twice: Mapped[int | None] = mapped_column(Computed("price * 2"), init=False)
""",
    ),
    Construct(
        "a default with quotes of its own",
        """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    quoted: Mapped[str] = mapped_column(String(20), server_default="'q'")
""",
    ),
    Construct(
        "a CHECK with a long name",
        """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("number > 0", name="the_number_of_an_order_is_more_than_nothing_in_all_books"),)
    number: Mapped[int]
""",
    ),
]


def migrate_to(construct: Construct, lab: Lab) -> None:
    """Plant a construct, and migrate to the revision that Alembic writes for it."""
    construct.plant(lab.project)
    lab.migrate("upgrade head", "revision --autogenerate -m more", "upgrade head", "check")


def migrate_on(lab: Lab, models: str) -> None:
    """Write other models, and go through the revision that Alembic writes for them in both directions."""
    write_models(lab.project, models)
    lab.migrate("revision --autogenerate -m other", "upgrade head", "check", "downgrade -1", "upgrade head", "check")


def shipped_tests(lab: Lab, *arguments: str, returns: int = 0) -> str:
    """Run the tests that look at models and migrations, as a developer does; return what they print."""
    own = {} if lab.database == "sqlite" else {"TEST_DATABASE_URL": lab.url}
    files = [f"tests/test_{name}.py" for name in ("conventions", "migrations")]
    return printed(inside.own_tests(lab.project, *files, "-q", *arguments, **own), returns=returns)


@pytest.mark.parametrize(
    ("construct", "database"),
    [
        pytest.param(construct, database, id=f"{construct.what.replace(' ', '-')}-{database}")
        for construct in CONSTRUCTS
        for database in construct.databases
    ],
)
def test_a_revision_is_written_for(
    construct: Construct, database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database)
    before = revisions(lab)
    construct.plant(lab.project)

    lab.migrate("upgrade head", "revision --autogenerate -m more")
    (written,) = revisions(lab) - before
    lab.migrate("upgrade head", "check", "downgrade -1", "upgrade head", "check")
    again = lab.migrate("revision --autogenerate -m nothing")

    assert "No revision was written" in again
    source = "".join(written.read_text("utf-8").split())
    places = [source.find("".join(text.split())) for text in construct.says]
    assert -1 not in places, source
    assert places == sorted(places), source
    assert "passed" in shipped_tests(lab)


INDEX = Construct(
    "an index of an expression",
    """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_lower_number", text("lower(number)")),)
    number: Mapped[str] = mapped_column(String(20))
""",
)


def test_an_index_of_an_expression_is_written_by_hand_on_sqlite_and_missed_until_then(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    before = revisions(lab)
    INDEX.plant(lab.project)
    told = lab.migrate("upgrade head", "revision --autogenerate -m orders")
    (written,) = revisions(lab) - before

    missing = shipped_tests(lab, returns=1)
    by_hand = 'op.create_index("ix_orders_lower_number", "orders", [sa.text("lower(number)")])\n\n\ndef downgrade'
    written.write_text(written.read_text("utf-8").replace("\n\ndef downgrade", f"    {by_hand}", 1), "utf-8")
    shipped_tests(lab)

    assert "autogenerate skipping metadata-specified expression-based index 'ix_orders_lower_number'" in told
    assert "ix_orders_lower_number" in missing
    assert "UserWarning" not in missing


@pytest.mark.parametrize("database", DATABASES)
def test_a_string_as_default_is_compared_as_a_string(
    database: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, database)
    (defaults,) = [construct for construct in CONSTRUCTS if "defaults" in construct.what]
    defaults.plant(lab.project)
    lab.migrate("upgrade head", "revision --autogenerate -m orders", "upgrade head", "check")

    lab.plant(Edit("models/more.py", 'server_default="1.0"', 'server_default="1.00"'))

    assert "modify_default" in lab.migrate("check", returns=255)


def test_a_second_history_has_what_its_own_models_have(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> None:
    lab = new_lab(bake, new_database, tmp_path, "postgresql")

    assert lab.program("second_history", lab.url) == "CREATE SEQUENCE invoices"


COPIED = Construct(
    "what SQLite forgets of a table that a batch copies",
    """
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = {"sqlite_autoincrement": True}
    number: Mapped[str] = mapped_column(String(20, collation="NOCASE"), index=True)
    note: Mapped[str] = mapped_column(String(20, collation="RTRIM"))
    price: Mapped[int]
""",
)


def test_a_batch_of_sqlite_keeps_collations_and_autoincrement(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    migrate_to(COPIED, lab)

    lab.plant(Edit("models/more.py", "Mapped[int]", "Mapped[int | None]"))
    lab.migrate("revision --autogenerate -m price", "upgrade head", "check")

    [(copied,)] = rows(lab.url, "SELECT sql FROM sqlite_master WHERE name = 'orders'")
    assert re.findall(r'\w+ VARCHAR\(20\) COLLATE "\w+"|AUTOINCREMENT', copied) == [
        *("AUTOINCREMENT", 'number VARCHAR(20) COLLATE "NOCASE"', 'note VARCHAR(20) COLLATE "RTRIM"'),
    ]
    assert "passed" in shipped_tests(lab)


DEFAULTED = Construct(
    "strings as defaults that hold what SQLAlchemy and drivers take for parameters",
    r"""
from typing import Any


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint(r"percent <> ' \:x 6%'", name="first"),)
    number: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(server_default=DOCUMENT, init=False)
    percent: Mapped[str] = mapped_column(String(20), server_default="5%", init=False)
    sign: Mapped[str] = mapped_column(String(20), server_default=text("'%'"), init=False)
    time: Mapped[str] = mapped_column(String(20), server_default="it's 5:30", init=False)
    names: Mapped[str] = mapped_column(String(20), server_default="a:b :c: :d", init=False)
    path: Mapped[str] = mapped_column(String(20), server_default="C:\\a \\:b \\", init=False)
    spaced: Mapped[str] = mapped_column(String(20), server_default=text(r"'a \:b 5%'"), init=False)
""",
)
DEFAULTS_OF_DEFAULTED = ("5%", "%", "it's 5:30", "a:b :c: :d", "C:\\a \\:b \\", "a :b 5%")


@pytest.mark.parametrize("kind", [*DATABASES, "mysql-9.7"])
def test_revisions_keep_defaults_with_colons_and_percent_signs(
    kind: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    project = inside.copy(bake(database=kind.partition("-")[0]), tmp_path)
    lab = Lab(project, kind, new_database(kind))
    DEFAULTED.plant(project)
    # MySQL has defaults of JSON columns as expressions only
    document = r"""text("('{\"on\"\\:true}')")""" if kind == "mysql-9.7" else "'{\"on\":true}'"
    lab.plant(Edit("models/more.py", "DOCUMENT", document))

    def defaults() -> tuple[object, ...]:
        execute(lab.url, "DELETE FROM orders", "INSERT INTO orders (number) VALUES (1)")
        [(document, *others)] = rows(lab.url, "SELECT document, percent, sign, time, names, path, spaced FROM orders")
        assert (document if isinstance(document, dict) else json.loads(document)) == {"on": True}
        return tuple(others)

    found = []
    more = package(project) / "models" / "more.py"
    second = r"""CheckConstraint(r"sign <> ' \:x'", name="second"),"""
    for changed in (r"(nothing yet)", r"Mapped\[(int)\]", r"Mapped\[(str|dict.*?)\] ="):
        more.write_text(
            re.sub(changed, lambda old: old[0].replace(old[1], f"{old[1]} | None"), more.read_text("utf-8"))
        )
        lab.migrate("upgrade head", "revision --autogenerate -m more", "upgrade head", "check")
        found.append(defaults())
        if second not in more.read_text("utf-8"):
            lab.plant(Edit("models/more.py", '"first"),', f'"first"), {second}'))
    lab.migrate("downgrade -1")
    found.append(defaults())
    lab.migrate("upgrade head", "check")
    found.append(defaults())

    assert found == [DEFAULTS_OF_DEFAULTED] * 5
    assert "passed" in shipped_tests(lab)  # the CHECKs are those of the model


REFERRING = Construct(
    "a table that refers to another one",
    """
from datetime import date, datetime


class Region(KeyMixin, Base):
    __tablename__ = "regions"


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True, default=None)
    day: Mapped[date | None] = mapped_column(default=None)
""",
)


def test_a_table_goes_together_with_the_key_that_refers_to_it(lab: Lab) -> None:
    migrate_to(REFERRING, lab)
    removed = 'class Region(KeyMixin, Base):\n    __tablename__ = "regions"\n'
    lab.plant(Edit("models/more.py", removed, ""))
    lab.plant(
        Edit(
            "models/more.py",
            '    region_id: Mapped[int | None] = mapped_column(ForeignKey("regions.id"), index=True, default=None)\n',
            "",
        )
    )

    removing = lab.migrate("revision --autogenerate -m removed")
    lab.migrate("upgrade head", "check", "downgrade -1", "upgrade head", "check")

    assert "Warning: " not in removing  # nothing is new that may have been renamed
    assert "passed" in shipped_tests(lab)


# Each row: a table, and what its foreign key needs or its index is called; the table goes, and the other table changes.
REPLACED = [
    pytest.param(
        """
class Region(KeyMixin, Base):
    __tablename__ = "regions"
    code: Mapped[str] = mapped_column(String(10), unique=True)


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    region: Mapped[str] = mapped_column(String(10), ForeignKey("regions.code"))
""",
        """
class Region(KeyMixin, Base):
    __tablename__ = "regions"
""",
        id="unique-key",
    ),
    pytest.param(
        """
class Region(Base):
    __tablename__ = "regions"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    region: Mapped[int] = mapped_column(Integer, ForeignKey("regions.id"))
""",
        """
class Region(Base):
    __tablename__ = "regions"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
""",
        id="type-of-a-key",
    ),
    pytest.param(
        """
class Region(KeyMixin, Base):
    __tablename__ = "regions"
    code: Mapped[int]


class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = (Index("by_code", "code"),)
    code: Mapped[int]
""",
        """
class Region(KeyMixin, Base):
    __tablename__ = "regions"
    __table_args__ = (Index("by_code", "code"),)
    code: Mapped[int]
""",
        id="name-of-an-index",
    ),
]


@pytest.mark.parametrize(("before", "after"), REPLACED)
def test_a_table_goes_before_what_its_key_needed_changes(before: str, after: str, lab: Lab) -> None:
    migrate_to(Construct("both tables", before), lab)
    migrate_on(lab, after)

    assert "passed" in shipped_tests(lab)


PETS = """
class Owner(KeyMixin, Base):
    __tablename__ = "owners"


class Pet(KeyMixin, Base):
    __tablename__ = "pets"
    count: Mapped[int]
    owner_id: Mapped[int]
"""
WITH_KEY = PETS.replace("owner_id: Mapped[int]", 'owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))')
COMPUTED = "    twice: Mapped[int | None] = mapped_column(Computed('count * 2'), init=False)\n"
VIEW = 'CreateView(select(Pet.__table__.c.id), "pet_view", metadata=Base.metadata)\n'
CODE = "    code: Mapped[str] = mapped_column(String(10), unique=True)\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(PETS, f"{WITH_KEY}\n\n{VIEW}", id="view"),
        pytest.param(PETS, f"{WITH_KEY}{COMPUTED}", id="computed-column"),
        pytest.param(
            PETS.partition("class Pet")[0],
            PETS.replace('"owners"\n', f'"owners"\n{CODE}')
            + '    code: Mapped[str] = mapped_column(String(10), ForeignKey("owners.code"))\n',
            id="new-unique-key",
        ),
    ],
)
def test_a_key_may_come_together_with(before: str, after: str, lab: Lab) -> None:
    migrate_to(Construct("before the key", before), lab)
    migrate_on(lab, after)


def test_a_draft_may_change_a_constraint_without_a_name(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    Construct("a table, and the key that the database has", PETS).plant(lab.project)
    execute(
        lab.url,
        "CREATE TABLE owners (id INTEGER PRIMARY KEY)",
        "CREATE TABLE pets (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, owner_id INTEGER NOT NULL"
        " REFERENCES owners (id))",
    )

    output = lab.migrate("upgrade head", "check", returns=255)

    assert "remove_fk" in output


ESCAPED = Construct(
    "a table with a CHECK that has a colon",
    r"""
class Order(KeyMixin, Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint(r"note <> 'a \:b'", name="note"),)
    note: Mapped[str] = mapped_column(String(20))
""",
)


def test_the_downgrade_of_a_dropped_table_makes_its_checks_again(lab: Lab) -> None:
    migrate_to(ESCAPED, lab)
    before = revisions(lab)
    (package(lab.project) / "models" / "more.py").write_text("", "utf-8")

    lab.migrate("revision --autogenerate -m removed", "upgrade head", "check")

    (written,) = revisions(lab) - before
    assert "info=" not in written.read_text("utf-8")
    assert "passed" in shipped_tests(lab)


def test_a_comment_on_a_key_needs_nothing_that_only_mysql_has(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "postgresql")
    migrate_to(INDEX, lab)
    key = 'mapped_column(BigInteger, Identity(), primary_key=True, init=False, comment="the key")'
    lab.plant(Edit("models/more.py", "    number", f"    id: Mapped[int] = {key}\n    number"))

    lab.migrate("revision --autogenerate -m comment", "upgrade head", "check")

    assert "passed" in shipped_tests(lab)


def test_a_batch_of_sqlite_keeps_a_day_that_becomes_a_time(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    migrate_to(REFERRING, lab)
    execute(lab.url, "INSERT INTO orders (day) VALUES ('2020-01-31')")

    day = "day: Mapped[{} | None] = mapped_column({}".format
    lab.plant(Edit("models/more.py", day("date", ""), day("datetime", "DateTime, ")))
    lab.migrate("revision --autogenerate -m time", "upgrade head", "check", "downgrade -1")

    assert rows(lab.url, "SELECT day FROM orders") == [("2020-01-31",)]


@pytest.mark.parametrize("delete", ["DELETE FROM companies WHERE id = 3", "DELETE FROM companies"])
def test_a_batch_of_sqlite_gives_no_key_twice(
    delete: str, bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    add = "INSERT INTO companies (name, version_id) VALUES ('{}', 1)".format
    lab.plant(Revision(LONGER_NAMES))
    lab.migrate("upgrade +1")
    execute(lab.url, *map(add, "abc"), delete)

    lab.migrate("upgrade head")
    execute(lab.url, add("d"))

    assert rows(lab.url, "SELECT id FROM companies WHERE name = 'd'") == [(4,)]


def test_a_trigger_that_a_batch_of_sqlite_drops_is_noticed(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    trigger = "CREATE TRIGGER kept AFTER DELETE ON employees BEGIN UPDATE companies SET version_id = 1; END"
    lab.plant(Revision(f'op.execute("{trigger}")', 'op.execute("DROP TRIGGER kept")'))
    assert "passed" in shipped_tests(lab)

    batch = 'with op.batch_alter_table("employees") as batch: batch.alter_column("name", nullable={})'.format
    lab.plant(Edit("models/employee.py", "    name: Mapped[str]", "    name: Mapped[str | None]"))
    lab.plant(Revision(batch(True), batch(False), name="third", follows="second"))

    output = shipped_tests(lab, returns=1)

    assert "trigger kept" in output
    assert "the downgrade of third does not undo its upgrade" in output


def test_a_trigger_of_the_models_and_of_a_renamed_table_is_accepted(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    trigger = "CREATE TRIGGER {0} AFTER DELETE ON {1} BEGIN UPDATE companies SET version_id = 1; END".format
    modelled = f"""
new = Table("new", Base.metadata, Column("id", Integer, primary_key=True))
event.listen(Base.metadata.tables["employees"], "after_create", DDL("{trigger("modelled", "employees")}"))
"""
    Construct("a table, and a trigger of another one", modelled).plant(lab.project)
    lab.plant(
        Revision(
            'op.create_table("old", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", name="pk_new"))\n'
            f'op.execute("{trigger("kept", "old")}")\n'
            f'op.execute("{trigger("modelled", "employees")}")',
            'op.execute("DROP TRIGGER modelled")\nop.drop_table("old")',
        ),
        Revision('op.rename_table("old", "new")', 'op.rename_table("new", "old")', name="third", follows="second"),
        Edit("models/more.py", "from ..db.base", "from . import employee as employee\nfrom ..db.base"),
    )

    assert "passed" in shipped_tests(lab)
