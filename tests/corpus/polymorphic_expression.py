"""A discriminator that is an expression over columns.

https://docs.sqlalchemy.org/en/21/orm/mapping_api.html#sqlalchemy.orm.Mapper.params.polymorphic_on
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import String, case, select
from sqlalchemy.orm import Mapped, Session, mapped_column


class Account(KeyMixin, Base):
    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(50))
    company: Mapped[str | None] = mapped_column(String(50), default=None)

    __mapper_args__ = {
        "polymorphic_on": case((company.is_not(None), "business"), else_="private"),
        "polymorphic_identity": "private",
    }


class Business(Account):
    __mapper_args__ = {"polymorphic_identity": "business"}


def put(session: Session) -> None:
    session.add_all([Account(name="Ann"), Business(name="Bob", company="Bob & Sons")])


def look(session: Session) -> None:
    found = session.scalars(select(Account).order_by(Account.name)).all()
    assert [type(account) for account in found] == [Account, Business]
    assert session.scalars(select(Business.company)).all() == ["Bob & Sons"]
