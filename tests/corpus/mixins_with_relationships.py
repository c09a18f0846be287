"""Mixins that bring a foreign key and a relationship, and one that names tables.

https://docs.sqlalchemy.org/en/21/orm/declarative_mixins.html#mixing-in-relationships
"""

import re

from my_project.db.base import Base, ModelMeta
from my_project.db.keys import Key, KeyMixin
from my_project.db.mixins import AuditMixin
from sqlalchemy import ForeignKey, Index, String, inspect, select
from sqlalchemy.orm import Mapped, MappedAsDataclass, Session, declared_attr, mapped_column, relationship

KEYS = ("integer", "uuid")


class NamedMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy passes the class
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()  # type: ignore[attr-defined]

    name: Mapped[str] = mapped_column(String(50))


class OwnedMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    @declared_attr
    def owner_id(cls) -> Mapped[Key]:  # noqa: N805
        return mapped_column(ForeignKey("owner.id"), init=False)

    @declared_attr
    def owner(cls) -> Mapped["Owner"]:  # noqa: N805
        return relationship(init=False, lazy="joined", innerjoin=True)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:  # noqa: N805
        return (Index(f"ix_{cls.__tablename__}_by_owner", "owner_id"),)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


class Owner(NamedMixin, KeyMixin, AuditMixin, Base):
    pass


class DogHouse(OwnedMixin, NamedMixin, KeyMixin, Base):
    pass


class Cat(OwnedMixin, NamedMixin, KeyMixin, AuditMixin, Base):
    lives: Mapped[int] = mapped_column(default=9, server_default="9")


def put(session: Session) -> None:
    owner = Owner(name="Ann")
    cat, house = Cat(name="Tom"), DogHouse(name="H")
    cat.owner = house.owner = owner
    session.add_all([cat, house])


def look(session: Session) -> None:
    cat = session.scalars(select(Cat).where(Cat.lives == 9)).one()
    assert cat.owner is session.scalars(select(DogHouse)).one().owner
    assert inspect(DogHouse).local_table.description == "dog_house"
