"""A key that means something and may change: the foreign keys follow by ON UPDATE CASCADE.

https://docs.sqlalchemy.org/en/21/orm/relationship_persistence.html#mutable-primary-keys-update-cascades
"""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship


class Country(Base):
    __tablename__ = "country"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str]
    cities: Mapped[list["City"]] = relationship(
        back_populates="country", passive_updates=True, init=False, default_factory=list, lazy="raise_on_sql"
    )


class City(KeyMixin, Base):
    __tablename__ = "city"

    country_code: Mapped[str] = mapped_column(ForeignKey("country.code", onupdate="CASCADE"), index=True, init=False)
    name: Mapped[str]
    country: Mapped[Country] = relationship(back_populates="cities", init=False, lazy="raise_on_sql")


def put(session: Session) -> None:
    country = Country(code="NX", name="Norway")
    country.cities.append(City(name="Oslo"))
    session.add(country)


def look(session: Session) -> None:
    session.get_one(Country, "NX").code = "NO"
    session.flush()
    session.expunge_all()
    assert session.scalars(select(City.country_code)).one() == "NO"
