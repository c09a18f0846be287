"""Types of one's own around SQLAlchemy's: with parameters, with SQL, and found by their Python class."""

import ipaddress
import uuid
from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import CHAR, UUID, ColumnElement, Dialect, Integer, String, func, select
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine


class Address(TypeDecorator[ipaddress.IPv4Address]):
    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: ipaddress.IPv4Address | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value) - 2**31

    def process_result_value(self, value: int | None, dialect: Dialect) -> ipaddress.IPv4Address | None:
        return None if value is None else ipaddress.IPv4Address(value + 2**31)


class Lowercase(TypeDecorator[str]):
    impl = String
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[str]:
        return func.lower(bindparam)

    def column_expression(self, column: Any) -> ColumnElement[str]:
        return func.concat(column, "!") if self.length == 7 else column

    @property
    def length(self) -> int:
        return self.impl_instance.length or 0  # type: ignore[attr-defined]


class Options(TypeDecorator[dict[str, Any]]):
    impl = JSON(none_as_null=True)
    cache_ok = True


class GUID(TypeDecorator[uuid.UUID]):
    """https://docs.sqlalchemy.org/en/21/core/custom_types.html#backend-agnostic-guid-type"""

    impl = CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(UUID() if dialect.name == "postgresql" else CHAR(36))

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        return None if value is None else uuid.UUID(str(value))


class Host(KeyMixin, Base):
    __tablename__ = "host"

    address: Mapped[ipaddress.IPv4Address] = mapped_column(Address)
    name: Mapped[str] = mapped_column(Lowercase(80), unique=True)
    options: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(Options()), default_factory=dict)
    token: Mapped[uuid.UUID | None] = mapped_column(GUID, default=None)


def put(session: Session) -> None:
    session.add(Host(address=ipaddress.IPv4Address("10.0.0.1"), name="WWW", token=uuid.UUID(int=1)))


def look(session: Session) -> None:
    host = session.scalars(select(Host).where(Host.name == "wWw")).one()
    assert (host.address, host.name) == (ipaddress.IPv4Address("10.0.0.1"), "www")
    assert host.token == uuid.UUID(int=1)
    host.options["a"] = 1
    session.flush()
    session.expire_all()
    assert host.options == {"a": 1}
