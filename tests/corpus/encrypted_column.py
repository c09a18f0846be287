"""A TypeDecorator that encrypts.

https://docs.sqlalchemy.org/en/21/core/custom_types.html#augmenting-existing-types
"""

import base64

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import Dialect, LargeBinary, String, select, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator


class Encrypted(TypeDecorator[str]):
    """A string that the database cannot read; the cipher stands for a real one."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self.key = key

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else base64.b85encode(self.key + value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else base64.b85decode(value).removeprefix(self.key).decode()


class Patient(KeyMixin, Base):
    __tablename__ = "patient"

    name: Mapped[str] = mapped_column(String(50))
    diagnosis: Mapped[str | None] = mapped_column(Encrypted(b"secret"), default=None, repr=False)


def put(session: Session) -> None:
    session.add_all([Patient(name="Ann", diagnosis="flu"), Patient(name="Bob")])


def look(session: Session) -> None:
    ann, bob = session.scalars(select(Patient).order_by(Patient.name))
    assert (ann.diagnosis, bob.diagnosis) == ("flu", None)
    assert "flu" not in repr(ann)
    stored = session.scalars(select(type_coerce(Patient.diagnosis, LargeBinary)).where(Patient.name == "Ann")).one()
    assert stored != b"flu"
