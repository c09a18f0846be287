"""Keys that the database counts up: from where, by how much, and whether a value may be given."""

from my_project.db.base import Base
from sqlalchemy import BigInteger, Identity, select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Receipt(Base):
    __tablename__ = "receipt"

    id: Mapped[int] = mapped_column(
        BigInteger, Identity(always=True, start=1000, increment=10, cache=5), primary_key=True, init=False
    )
    total: Mapped[int]


class Counter(Base):
    __tablename__ = "counter"

    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Identity(start=5, minvalue=5, maxvalue=7, cycle=True), init=False)


def put(session: Session) -> None:
    receipts = [Receipt(total=1), Receipt(total=2)]
    session.add_all([*receipts, *(Counter(code=code) for code in range(4))])
    session.flush()
    assert {receipt.id for receipt in receipts} == {1000, 1010}


def look(session: Session) -> None:
    assert sorted(session.scalars(select(Counter.number))) == [5, 5, 6, 7]
