"""An attribute that each query may give another expression.

https://docs.sqlalchemy.org/en/21/orm/queryguide/columns.html#loading-arbitrary-sql-expressions-onto-objects
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Mapped, Session, query_expression, with_expression


class City(KeyMixin, Base):
    __tablename__ = "city"

    name: Mapped[str]
    people: Mapped[int]
    rank: Mapped[int | None] = query_expression()
    share: Mapped[float] = query_expression(default_expr=literal(0.0))


def put(session: Session) -> None:
    session.add_all([City(name="Oslo", people=7), City(name="Rome", people=28)])


def look(session: Session) -> None:
    ranked = select(City).options(with_expression(City.rank, func.rank().over(order_by=City.people.desc())))
    assert [(city.name, city.rank) for city in session.scalars(ranked.order_by(City.name))] == [
        ("Oslo", 2),
        ("Rome", 1),
    ]
    session.expunge_all()
    assert [(city.rank, city.share) for city in session.scalars(select(City))] == [(None, 0.0), (None, 0.0)]
