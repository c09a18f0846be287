"""Validators of attributes, and of what is put into a collection.

https://docs.sqlalchemy.org/en/21/orm/mapped_attributes.html#simple-validators
"""

import pytest
from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, validates


class Address(KeyMixin, Base):
    __tablename__ = "address"

    email: Mapped[str]
    person_id: Mapped[Key] = mapped_column(ForeignKey("person.id"), index=True, init=False)

    @validates("email")
    def _validate_email(self, _key: str, address: str) -> str:
        if "@" not in address:
            raise ValueError("no address")
        return address.lower()


class Person(KeyMixin, Base):
    __tablename__ = "person"

    name: Mapped[str]
    addresses: Mapped[list[Address]] = relationship(init=False, default_factory=list, lazy="selectin")

    @validates("addresses", include_removes=True)
    def _validate_addresses(self, _key: str, address: Address, is_remove: bool) -> Address:
        if is_remove:
            raise ValueError("addresses stay")
        return address


def put(session: Session) -> None:
    person = Person(name="Ann")
    person.addresses.append(Address(email="Ann@Example.com"))
    session.add(person)
    with pytest.raises(ValueError, match="no address"):
        Address(email="nothing")


def look(session: Session) -> None:
    person = session.scalars(select(Person)).one()
    assert person.addresses[0].email == "ann@example.com"
    with pytest.raises(ValueError, match="stay"):
        person.addresses.clear()
