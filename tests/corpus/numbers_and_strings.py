"""The plain types, with sizes and collations where they matter."""

import uuid
from decimal import Decimal

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import BigInteger, Double, Numeric, SmallInteger, String, Text, Unicode, UnicodeText, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Everything(KeyMixin, Base):
    __tablename__ = "everything"

    small: Mapped[int] = mapped_column(SmallInteger)
    big: Mapped[int] = mapped_column(BigInteger)
    real: Mapped[float]
    double: Mapped[float] = mapped_column(Double)
    money: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    amount: Mapped[Decimal]
    yes: Mapped[bool]
    maybe: Mapped[bool | None]
    short: Mapped[str] = mapped_column(String(10))
    long: Mapped[str] = mapped_column(Text)
    wide: Mapped[str] = mapped_column(Unicode(10))
    wider: Mapped[str] = mapped_column(UnicodeText)
    raw: Mapped[bytes]
    token: Mapped[uuid.UUID] = mapped_column(unique=True)


VALUES = {
    "small": -7,
    "big": 2**62,
    "real": 0.5,
    "double": 1e100,
    "money": Decimal("-1.25"),
    "amount": Decimal("0.000001"),
    "yes": True,
    "maybe": None,
    "short": "é" * 10,
    "long": "l" * 60000,
    "wide": "日本",
    "wider": "🙂",
    "raw": bytes(range(256)) * 300,
    "token": uuid.UUID(int=7),
}


def put(session: Session) -> None:
    session.add(Everything(**VALUES))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def look(session: Session) -> None:
    found = session.scalars(select(Everything).where(Everything.token == uuid.UUID(int=7))).one()
    assert {name: getattr(found, name) for name in VALUES} == VALUES
