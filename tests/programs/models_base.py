"""A file for the tests of any project: what Base refuses when a class is defined, and what it gives to models."""
# mypy: disable-error-code="import-not-found", allow-subclassing-any

import copy
import dataclasses
import enum
import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from my_project.db.base import NAMING_CONVENTION, Base
from my_project.db.engine import engine_arguments
from my_project.db.keys import Key, KeyMixin
from my_project.db.mixins import AuditMixin, VersionMixin
from sqlalchemy import (
    JSON,
    URL,
    CheckConstraint,
    ForeignKey,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    create_mock_engine,
    inspect,
)
from sqlalchemy.orm import (
    Mapped,
    MappedAsDataclass,
    Mapper,
    Session,
    composite,
    declared_attr,
    mapped_column,
    relationship,
)
from sqlalchemy.schema import CreateTable


class ScratchBase(Base):
    """Keeps the models of this file to themselves."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Kind(enum.Enum):
    """An enum of one word."""

    OWN = "own"


class Everything(ScratchBase):
    """A model with a column for each entry of the type map."""

    __tablename__ = "everything"
    name: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Decimal]
    at: Mapped[datetime]
    kind: Mapped[Kind]
    data: Mapped[bytes]
    number: Mapped[uuid.UUID]
    document: Mapped[dict[str, Any]]


class Plain:
    """A mixin without columns."""


@pytest.mark.parametrize("first", [(), (Plain,)])
def test_a_mixin_that_switches_the_options_back_is_refused(first: tuple[type, ...]) -> None:
    class Careless(MappedAsDataclass):
        note: Mapped[str] = mapped_column(default="")

    with pytest.raises(TypeError, match=r"Model loses kw_only, eq, repr through Careless: give it the options"):

        class Model(*first, Careless, KeyMixin, ScratchBase):  # type: ignore[misc]
            __tablename__ = "careless"


def test_fields_with_and_without_defaults_stand_in_any_order_whichever_mixin_comes_first() -> None:
    class Bare(ScratchBase):
        __tablename__ = "bare"
        name: Mapped[str] = mapped_column(primary_key=True, default="name")
        value: Mapped[str]

    class Audited(AuditMixin, KeyMixin, ScratchBase):
        __tablename__ = "audited"
        name: Mapped[str] = mapped_column(default="name")
        value: Mapped[str]

    class Versioned(VersionMixin, KeyMixin, ScratchBase):
        __tablename__ = "versioned"
        name: Mapped[str] = mapped_column(default="name")
        value: Mapped[str]

    assert {model(value="value").name for model in (Bare, Audited, Versioned)} == {"name"}


def test_a_mixin_with_the_options_of_base_is_accepted() -> None:
    class Noted(MappedAsDataclass, kw_only=True, eq=False, repr=False):
        note: Mapped[str] = mapped_column(default="")

    class Letter(Noted, KeyMixin, ScratchBase):
        __tablename__ = "letters"
        sender: Mapped[str]

    assert Letter(sender="me").note == ""


def test_an_abstract_class_can_have_the_columns_of_a_mixin() -> None:
    class Tracked(AuditMixin, KeyMixin, ScratchBase):
        __abstract__ = True

    class Parcel(Tracked):
        __tablename__ = "parcels"
        weight: Mapped[int]

    assert inspect(Parcel).columns.keys() == ["id", "weight", "created_at", "updated_at"]


def test_an_own_comparison_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match="Compared defines __eq__, but sets and sessions compare models by identity"):

        class Compared(KeyMixin, ScratchBase):
            __tablename__ = "compared"

            def __eq__(self, other: object) -> bool:
                return True


@pytest.mark.parametrize(
    ("default", "says"), [([], "write default_factory=list"), (datetime.now(UTC), "is computed once, at import")]
)
def test_a_default_that_all_objects_would_share_is_refused_and_the_class_can_be_corrected(
    default: object, says: str
) -> None:
    with pytest.raises(TypeError, match=rf"Shared\.value: .*{says}"):

        class Shared(KeyMixin, ScratchBase):
            __tablename__ = "shared"
            value: Mapped[Any] = mapped_column(JSON, default=default)

    assert "shared" not in ScratchBase.metadata.tables


@pytest.mark.filterwarnings("ignore:Callable object passed to the ``default`` parameter")  # SQLAlchemy goes on
def test_a_function_as_default_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Stamped\.at: .* write default_factory="):

        class Stamped(KeyMixin, ScratchBase):
            __tablename__ = "stamped"
            at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))


@pytest.mark.filterwarnings("ignore:This declarative base already contains")
@pytest.mark.parametrize("value", [0, String(3), dataclasses.field(default=0), dataclasses.field(default_factory=int)])
def test_a_plain_value_that_would_leave_the_column_out_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"Stocked\.stock would be no column: write mapped_column\("):

        class Stocked(KeyMixin, ScratchBase):
            __tablename__ = f"stocked_{id(value)}"
            stock: Mapped[int] = value


def test_a_plain_value_in_a_mixin_is_refused_as_well() -> None:
    class Counted(MappedAsDataclass, kw_only=True, eq=False, repr=False):
        count: "Mapped[int]" = 0  # type: ignore[assignment]

    with pytest.raises(TypeError, match=r"Shelf\.count would be no column"):

        class Shelf(Counted, KeyMixin, ScratchBase):
            __tablename__ = "shelves"


def test_fields_that_are_no_columns_and_properties_in_the_place_of_columns_are_accepted() -> None:
    class Room(KeyMixin, ScratchBase):
        __tablename__ = "rooms"
        kind: Mapped[str | None] = mapped_column(default=None)
        note: Mapped[str | None] = None  # type: ignore[assignment]  # a column, for SQLAlchemy
        guests: int = 0
        names: list[str] = dataclasses.field(default_factory=list)

    class Suite(Room):
        @property
        def kind(self) -> str:  # type: ignore[override]
            return "suite"

    assert Suite.__table__ is Room.__table__
    assert Room.__table__.columns.keys() == ["id", "kind", "note"]
    assert Room(note=None, guests=2).guests == 2


def test_an_enum_is_stored_by_its_names_unless_all_values_are_strings() -> None:
    class Odd(enum.Enum):
        ONE = 1
        TEXT = "1"

    class Odds(KeyMixin, ScratchBase):
        __tablename__ = "odds"
        odd: Mapped[Odd]

    stored: Any = Odds.__table__.c.odd.type
    assert stored.enums == ["ONE", "TEXT"]


def test_an_enum_of_integers_is_refused_because_a_database_would_sort_its_text() -> None:
    class Level(enum.IntEnum):
        LOW = 2
        HIGH = 10

    with pytest.raises(TypeError, match=r"Level would be sorted and compared as text: write Mapped\[int\]"):

        class Alert(KeyMixin, ScratchBase):
            __tablename__ = "alerts"
            level: Mapped[Level]


def test_a_hidden_composite_hides_its_columns() -> None:
    @dataclasses.dataclass
    class Secret:
        user: str
        password: str

    class Login(KeyMixin, ScratchBase):
        __tablename__ = "logins"
        site: Mapped[str]
        secret: Mapped[Secret] = composite(mapped_column("secret_user"), mapped_column("secret_password"), repr=False)

    shown = repr(Login(site="here", secret=Secret("me", "hunter2")))
    assert "site='here'" in shown
    assert "hunter2" not in shown


def test_a_copy_of_a_row_is_refused_with_what_to_write() -> None:
    row = Everything(
        name="a", amount=Decimal(1), at=datetime.now(UTC), kind=Kind.OWN, data=b"", number=uuid.uuid4(), document={}
    )

    with pytest.raises(TypeError, match=r"write dataclasses\.replace"):
        copy.copy(row)
    assert dataclasses.replace(row, name="b").name == "b"


def test_repr_shows_what_is_loaded_and_nothing_that_is_hidden() -> None:
    class Account(KeyMixin, ScratchBase):
        __tablename__ = "accounts"
        name: Mapped[str]
        password: Mapped[str] = mapped_column(repr=False)

    shown = repr(Account(name="visible", password="secret"))  # noqa: S106

    assert "name='visible'" in shown
    assert "secret" not in shown


def test_a_joined_child_has_the_key_of_its_parent() -> None:
    class Vehicle(KeyMixin, ScratchBase):
        __tablename__ = "vehicles"

    class Car(Vehicle):
        __tablename__ = "cars"
        doors: Mapped[int]

    class Bus(Vehicle):
        __tablename__ = "buses"
        id: Mapped[Key] = mapped_column(ForeignKey("vehicles.id"), primary_key=True)
        seats: Mapped[int]

    class Truck(Vehicle):
        __tablename__ = "trucks"
        vehicle_id: Mapped[Key] = mapped_column(ForeignKey("vehicles.id"), primary_key=True)

    assert ScratchBase.metadata.tables["trucks"].primary_key.columns.keys() == ["vehicle_id"]
    tables: list[Table] = [Car.__table__, Bus.__table__]
    for table in tables:
        assert [key.target_fullname for key in table.c.id.foreign_keys] == ["vehicles.id"]
        assert table.columns.keys()[0] == "id"
    assert (Car(doors=4).id is None) == (Vehicle().id is None)
    assert Bus(seats=40) is not None


def test_updated_at_follows_the_own_columns_of_a_joined_child_unless_it_is_given(empty_database: URL) -> None:
    class Vessel(KeyMixin, AuditMixin, ScratchBase):
        __tablename__ = "vessels"

    class Ship(Vessel):
        __tablename__ = "ships"
        masts: Mapped[int]
        sailors: Mapped[list["Sailor"]] = relationship(default_factory=list)

    class Sailor(KeyMixin, ScratchBase):
        __tablename__ = "sailors"
        ship_id: Mapped[Key | None] = mapped_column(ForeignKey("ships.id"), init=False)

    class Schooner(Ship): ...

    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    engine = create_engine(**engine_arguments(empty_database))
    ScratchBase.metadata.create_all(engine, [inspect(model).local_table for model in (Vessel, Ship, Sailor)])
    with Session(engine) as session:
        for ship in (Ship(masts=1), Schooner(masts=1)):
            session.add(ship)
            session.flush()
            ship.updated_at = long_ago
            session.flush()
            assert ship.updated_at == long_ago

            ship.sailors.append(Sailor())
            session.flush()
            assert ship.updated_at == long_ago

            ship.masts = 2
            session.flush()
            assert ship.updated_at > long_ago

            ship.masts, ship.updated_at = 3, long_ago
            session.flush()
            assert ship.updated_at == long_ago
    engine.dispose()


def test_mapper_arguments_of_a_model_are_merged_with_those_of_base_and_mixins() -> None:
    class Animal(KeyMixin, AuditMixin, VersionMixin, ScratchBase):
        __tablename__ = "animals"
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}  # noqa: RUF012
        kind: Mapped[str] = mapped_column(init=False)

    class Dog(Animal):
        __tablename__ = "dogs"
        __mapper_args__ = {"polymorphic_identity": "dog"}  # noqa: RUF012
        tricks: Mapped[int]

    for model in (Animal, Dog):
        mapper: Mapper[Any] = inspect(model)
        assert mapper.eager_defaults is True
        assert mapper.version_id_col is Animal.__table__.c.version_id
        assert mapper.polymorphic_on is Animal.__table__.c.kind


def test_mapper_arguments_of_a_declared_attr_are_those_of_each_child() -> None:
    class Named:
        @declared_attr.directive
        def __mapper_args__(cls: Any) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
            return {"polymorphic_identity": cls.__name__}

    class Wagon(Named, KeyMixin, VersionMixin, ScratchBase):
        __tablename__ = "wagons"
        __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012
        kind: Mapped[str] = mapped_column(init=False)

    class Tanker(Wagon):
        __tablename__ = "tankers"
        load: Mapped[int]

    class Milk(Tanker): ...

    for model in (Wagon, Tanker, Milk):
        mapper: Mapper[Any] = inspect(model)
        assert mapper.polymorphic_identity == model.__name__
        assert mapper.version_id_col is Wagon.__table__.c.version_id


def test_the_key_comes_first_the_times_come_last_and_constraints_are_named_by_all_their_columns() -> None:
    class Pair(VersionMixin, AuditMixin, KeyMixin, ScratchBase):
        __tablename__ = "pairs"
        __table_args__ = (
            UniqueConstraint("a", "b"),
            UniqueConstraint("a", "c"),
            CheckConstraint("a > 0", name="positive"),
        )
        a: Mapped[int]
        b: Mapped[int]
        c: Mapped[int]

    table = ScratchBase.metadata.tables["pairs"]
    assert table.columns.keys() == ["id", "a", "b", "c", "created_at", "updated_at", "version_id"]
    assert {constraint.name for constraint in table.constraints} == {
        "pk_pairs",
        "uq_pairs_a_b",
        "uq_pairs_a_c",
        "ck_pairs_positive",
    }


BIG = {"amount": "NUMERIC(20, 6)", "kind": "VARCHAR(64)", "name": "VARCHAR(255)"}
MYSQL = BIG | {"at": "DATETIME(6)", "data": "LONGBLOB", "document": "JSON", "number": "CHAR(32)"}


@pytest.mark.parametrize(
    ("backend", "types"),
    [
        (
            "postgresql",
            BIG | {"at": "TIMESTAMP WITH TIME ZONE", "data": "BYTEA", "document": "JSONB", "number": "UUID"},
        ),
        ("mysql", MYSQL),
        ("mariadb", MYSQL),
        ("sqlite", BIG | {"at": "TIMESTAMP", "data": "BLOB", "document": "JSON", "number": "CHAR(32)"}),
    ],
)
def test_each_type_of_python_has_its_column_on_every_database(backend: str, types: dict[str, str]) -> None:
    dialect = create_mock_engine(f"{backend}://", print).dialect  # needs no driver

    sql = str(CreateTable(ScratchBase.metadata.tables["everything"]).compile(dialect=dialect))

    assert dict(re.findall(r"(\w+) (.+) NOT NULL", sql)) == types
    assert "CHECK" not in sql
