"""A discriminator that is an enum, and subclasses that are loaded with their parent's rows."""

import enum

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column


class Kind(enum.Enum):
    CARD = "card"
    BANK = "bank"


class Payment(KeyMixin, Base):
    __tablename__ = "payment"

    kind: Mapped[Kind] = mapped_column(init=False)
    amount: Mapped[int]

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}


class CardPayment(Payment):
    __tablename__ = "card_payment"

    id: Mapped[Key] = mapped_column(ForeignKey("payment.id"), primary_key=True, init=False)
    number: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": Kind.CARD, "polymorphic_load": "selectin"}


class BankPayment(Payment):
    __tablename__ = "bank_payment"

    id: Mapped[Key] = mapped_column(ForeignKey("payment.id"), primary_key=True, init=False)
    iban: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": Kind.BANK, "polymorphic_load": "inline"}


def put(session: Session) -> None:
    session.add_all([CardPayment(amount=1, number="4111"), BankPayment(amount=2, iban="NO93")])


def look(session: Session) -> None:
    card, bank = session.scalars(select(Payment).order_by(Payment.amount))
    assert isinstance(card, CardPayment)
    assert isinstance(bank, BankPayment)
    assert (card.kind, card.number, bank.kind, bank.iban) == (Kind.CARD, "4111", Kind.BANK, "NO93")


async def use_async(session: AsyncSession) -> None:
    session.add(CardPayment(amount=1, number="4111"))
    await session.flush()
    session.expunge_all()
    payment = (await session.scalars(select(Payment))).one()
    assert isinstance(payment, CardPayment)
    assert payment.number == "4111"  # loaded by a second SELECT, before anything awaits it
