"""Joins over what is no foreign key of the database, and over several tables.

https://docs.sqlalchemy.org/en/21/orm/join_conditions.html#creating-custom-foreign-conditions
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, String, and_, select
from sqlalchemy.orm import Mapped, Session, foreign, mapped_column, relationship


class Zone(KeyMixin, Base):
    __tablename__ = "zone"

    code: Mapped[str] = mapped_column(String(10), unique=True)


class Street(KeyMixin, Base):
    __tablename__ = "street"

    zone_code: Mapped[str] = mapped_column(String(10), index=True)
    zone: Mapped[Zone | None] = relationship(
        primaryjoin=lambda: foreign(Street.zone_code) == Zone.code, viewonly=True, init=False, lazy="joined"
    )


class House(KeyMixin, Base):
    __tablename__ = "house"

    street_id: Mapped[Key] = mapped_column(ForeignKey("street.id"), index=True)
    number: Mapped[int]
    zone: Mapped[Zone | None] = relationship(
        secondary=lambda: Street.__table__,
        primaryjoin=lambda: House.street_id == Street.id,
        secondaryjoin=lambda: and_(Street.zone_code == foreign(Zone.code)),
        viewonly=True,
        uselist=False,
        init=False,
        lazy="selectin",
    )


def put(session: Session) -> None:
    street = Street(zone_code="Z1")
    session.add_all([Zone(code="Z1"), street, Street(zone_code="ZZ")])
    session.flush()
    session.add(House(street_id=street.id, number=1))


def look(session: Session) -> None:
    streets = session.scalars(select(Street).order_by(Street.zone_code)).all()
    assert [street.zone is not None for street in streets] == [True, False]
    house = session.scalars(select(House)).one()
    assert house.zone is streets[0].zone
