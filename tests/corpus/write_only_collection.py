"""A collection that is never loaded, only added to, taken from and queried.

https://docs.sqlalchemy.org/en/21/orm/large_collections.html#write-only-relationships
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, WriteOnlyMapped, mapped_column, relationship

KEYS = ("integer", "uuid")


class Account(KeyMixin, Base):
    __tablename__ = "account"

    name: Mapped[str]
    transactions: WriteOnlyMapped["Transaction"] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="Transaction.amount",
        init=False,
    )


class Transaction(KeyMixin, Base):
    __tablename__ = "account_transaction"

    account_id: Mapped[Key] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True, init=False)
    amount: Mapped[int]


def put(session: Session) -> None:
    account = Account(name="a")
    session.add(account)
    account.transactions.add_all([Transaction(amount=3), Transaction(amount=1)])
    session.flush()
    account.transactions.add(Transaction(amount=2))


def look(session: Session) -> None:
    account = session.scalars(select(Account)).one()
    assert [row.amount for row in session.scalars(account.transactions.select().limit(2))] == [1, 2]
    session.execute(account.transactions.insert(), [{"amount": 9}])
    session.execute(account.transactions.update().values(amount=Transaction.amount + 1))
    account.transactions.remove(session.scalars(account.transactions.select()).first())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    session.flush()
    assert session.scalars(select(func.count()).select_from(Transaction)).one() == 3
    session.delete(account)
    session.flush()
    assert session.scalars(select(func.count()).select_from(Transaction)).one() == 0


async def use_async(session: AsyncSession) -> None:
    account = Account(name="a")
    session.add(account)
    account.transactions.add(Transaction(amount=3))
    await session.flush()
    assert [row.amount for row in await session.scalars(account.transactions.select())] == [3]
