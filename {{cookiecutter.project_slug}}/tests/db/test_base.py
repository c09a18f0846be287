"""What Base gives to every model, and what it refuses when a class is defined."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, CheckConstraint, ForeignKey, MetaData, UniqueConstraint, inspect
from sqlalchemy.orm import Mapped, MappedAsDataclass, Mapper, mapped_column

from {{ cookiecutter.package_name }}.db.base import NAMING_CONVENTION, Base
from {{ cookiecutter.package_name }}.db.keys import Key, KeyMixin
from {{ cookiecutter.package_name }}.db.mixins import AuditMixin, VersionMixin

from tests.db.samples import Counter, Sample


class ScratchBase(Base):
    """Keeps the models of this file to themselves."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def test_a_mixin_that_switches_the_options_back_is_refused() -> None:
    class Careless(MappedAsDataclass):
        note: Mapped[str] = mapped_column(default="")

    with pytest.raises(TypeError, match=r"Model lost kw_only, eq, repr by Careless: give the mixin"):

        class Model(Careless, KeyMixin, ScratchBase):
            __tablename__ = "careless"


def test_a_default_of_the_moment_of_the_import_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Stamped\.at: .* of the moment of the import; write default_factory="):

        class Stamped(KeyMixin, ScratchBase):
            __tablename__ = "stamped"

            at: Mapped[datetime] = mapped_column(default=datetime.now(UTC))


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

    for table in (Car.__table__, Bus.__table__):
        assert [key.target_fullname for key in table.c.id.foreign_keys] == ["vehicles.id"]
    assert (Car(doors=4).id is None) == (Vehicle().id is None)
    assert Bus(seats=40) is not None  # type: ignore[call-arg]  # type checkers want to see init=False


def test_an_own_comparison_is_refused_with_what_to_do() -> None:
    with pytest.raises(TypeError, match="Compared defines __eq__, and models are compared by identity"):

        class Compared(KeyMixin, ScratchBase):
            __tablename__ = "compared"

            def __eq__(self, other: object) -> bool:
                return True


def test_a_class_that_was_refused_can_be_corrected() -> None:
    with pytest.raises(TypeError):

        class Mistaken(KeyMixin, ScratchBase):
            __tablename__ = "mistaken"
            tags: Mapped[list[str]] = mapped_column(JSON, default=[])

    class Corrected(KeyMixin, ScratchBase):
        __tablename__ = "mistaken"
        tags: Mapped[list[str]] = mapped_column(JSON, default_factory=list)

    assert Corrected().tags == []


def test_a_mutable_default_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Tagged\.tags: .* write default_factory=list"):

        class Tagged(KeyMixin, ScratchBase):
            __tablename__ = "tagged"
            tags: Mapped[list[str]] = mapped_column(JSON, default=[])


def test_instances_are_equal_only_to_themselves_and_can_be_in_sets() -> None:
    one, other = Sample(name="same"), Sample(name="same")

    assert one != other
    assert len({one, other, one}) == 2


def test_fields_are_given_by_name_in_any_order() -> None:
    sample = Sample(document={}, name="by name")

    assert sample.name == "by name"
    with pytest.raises(TypeError):
        Sample("by position")  # type: ignore[call-arg]


def test_repr_shows_what_is_loaded_and_nothing_that_is_hidden() -> None:
    class Account(KeyMixin, ScratchBase):
        __tablename__ = "accounts"
        name: Mapped[str]
        password: Mapped[str] = mapped_column(repr=False)

    shown = repr(Account(name="visible", password="secret"))  # noqa: S106

    assert "name='visible'" in shown
    assert "secret" not in shown


def test_two_constraints_that_begin_with_the_same_column_have_two_names() -> None:
    class Pair(KeyMixin, ScratchBase):
        __tablename__ = "pairs"
        __table_args__ = (
            UniqueConstraint("a", "b"),
            UniqueConstraint("a", "c"),
            CheckConstraint("a > 0", name="positive"),
        )
        a: Mapped[int]
        b: Mapped[int]
        c: Mapped[int]

    assert {constraint.name for constraint in ScratchBase.metadata.tables["pairs"].constraints} == {
        "pk_pairs",
        "uq_pairs_a_b",
        "uq_pairs_a_c",
        "ck_pairs_positive",
    }


def test_the_key_comes_first_and_the_times_come_last() -> None:
    names = Sample.__table__.columns.keys()

    assert names[0] == "id"
    assert names[-2:] == ["created_at", "updated_at"]
    assert Counter.__table__.columns.keys() == ["id", "value", "version_id"]
