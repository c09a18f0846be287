"""What Base gives to every model, and what it refuses when a class is defined."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, CheckConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import Mapped, MappedAsDataclass, declared_attr, mapped_column

from {{ cookiecutter.package_name }}.db.base import NAMING_CONVENTION, Base
from {{ cookiecutter.package_name }}.db.keys import KeyMixin
from {{ cookiecutter.package_name }}.db.mixins import VersionMixin

from tests.db.samples import Counter, Sample


class ScratchBase(Base):
    """Keeps the models of this file to themselves."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def test_a_mixin_that_switches_the_options_back_is_refused() -> None:
    class Careless(MappedAsDataclass):
        note: Mapped[str] = mapped_column(default="")

    with pytest.raises(TypeError, match=r"Model lost kw_only, eq, repr: give each of its mixins the options"):

        class Model(Careless, KeyMixin, ScratchBase):
            __tablename__ = "careless"


def test_a_default_of_the_moment_of_the_import_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Stamped\.at: .* of the moment of the import; write default_factory="):

        class Stamped(KeyMixin, ScratchBase):
            __tablename__ = "stamped"

            at: Mapped[datetime] = mapped_column(default=datetime.now(UTC))


def test_mapper_arguments_that_drop_the_version_are_refused() -> None:
    with pytest.raises(TypeError, match=r'Versioned\.__mapper_args__ .*"version_id_col": cls\.version_id'):

        class Versioned(KeyMixin, VersionMixin, ScratchBase):
            __tablename__ = "versioned"

            @declared_attr.directive
            def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy passes the class
                return {**Base.__mapper_args__, "confirm_deleted_rows": False}


def test_a_mutable_default_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Tagged\.tags: .* write default_factory=list"):

        class Tagged(KeyMixin, ScratchBase):
            __tablename__ = "tagged"
            tags: Mapped[list[str]] = mapped_column(JSON, default=[])


def test_mapper_arguments_that_drop_eager_defaults_are_refused() -> None:
    with pytest.raises(TypeError, match=r"write __mapper_args__ = \{\*\*Base\.__mapper_args__, \.\.\.\}"):

        class Sorted(KeyMixin, ScratchBase):
            __tablename__ = "sorted"
            __mapper_args__ = {"confirm_deleted_rows": False}  # noqa: RUF012


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
