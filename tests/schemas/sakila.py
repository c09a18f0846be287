"""Sakila, a shop that lends films: https://dev.mysql.com/doc/sakila/en/ (version 0.8).

Unsigned integers and YEAR become plain ones, SET becomes a list (an array on PostgreSQL, as in Pagila).
"""
# mypy: disable-error-code="import-not-found, metaclass, misc"

import enum
from datetime import datetime
from decimal import Decimal

from my_project.db.base import Base, ModelMeta
from my_project.db.types import utcnow
from sqlalchemy import CHAR, JSON, ForeignKey, Index, Numeric, SmallInteger, String, Text, UniqueConstraint, text, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship


def references(column: str, *, use_alter: bool = False) -> ForeignKey:
    """Return a foreign key to this column, as nearly all of Sakila are."""
    return ForeignKey(column, ondelete="RESTRICT", onupdate="CASCADE", use_alter=use_alter)


class LastUpdateMixin(MappedAsDataclass, metaclass=ModelMeta, kw_only=True, eq=False, repr=False):
    last_update: Mapped[datetime] = mapped_column(
        server_default=utcnow(), onupdate=utcnow(), init=False, sort_order=1000
    )


class Rating(enum.Enum):
    G = "G"
    PG = "PG"
    PG_13 = "PG-13"
    R = "R"
    NC_17 = "NC-17"


class Actor(LastUpdateMixin, Base):
    __tablename__ = "actor"

    actor_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    first_name: Mapped[str] = mapped_column(String(45))
    last_name: Mapped[str] = mapped_column(String(45), index=True)

    films: Mapped[list["Film"]] = relationship(
        secondary="film_actor", back_populates="actors", lazy="raise_on_sql", init=False
    )


class Country(LastUpdateMixin, Base):
    __tablename__ = "country"

    country_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    country: Mapped[str] = mapped_column(String(50))


class City(LastUpdateMixin, Base):
    __tablename__ = "city"

    city_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    city: Mapped[str] = mapped_column(String(50))
    country_id: Mapped[int] = mapped_column(references("country.country_id"), index=True)

    country: Mapped[Country] = relationship(lazy="raise_on_sql", init=False)


class Address(LastUpdateMixin, Base):
    __tablename__ = "address"

    address_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    address: Mapped[str] = mapped_column(String(50))
    address2: Mapped[str | None] = mapped_column(String(50), default=None)
    district: Mapped[str] = mapped_column(String(20))
    city_id: Mapped[int] = mapped_column(references("city.city_id"), index=True)
    postal_code: Mapped[str | None] = mapped_column(String(10), default=None)
    phone: Mapped[str] = mapped_column(String(20))

    city: Mapped[City] = relationship(lazy="raise_on_sql", init=False)


class Category(LastUpdateMixin, Base):
    __tablename__ = "category"

    category_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(25))


class Language(LastUpdateMixin, Base):
    __tablename__ = "language"

    language_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(CHAR(20))


class Film(LastUpdateMixin, Base):
    __tablename__ = "film"

    film_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str] = mapped_column(index=True)
    description: Mapped[str | None] = mapped_column(Text(), default=None)
    release_year: Mapped[int | None] = mapped_column(SmallInteger(), default=None)
    language_id: Mapped[int] = mapped_column(references("language.language_id"), index=True)
    original_language_id: Mapped[int | None] = mapped_column(
        references("language.language_id"), index=True, default=None
    )
    rental_duration: Mapped[int] = mapped_column(SmallInteger(), default=3, server_default=text("3"))
    rental_rate: Mapped[Decimal] = mapped_column(Numeric(4, 2), default=Decimal("4.99"), server_default=text("4.99"))
    length: Mapped[int | None] = mapped_column(SmallInteger(), default=None)
    replacement_cost: Mapped[Decimal] = mapped_column(
        Numeric(5, 2), default=Decimal("19.99"), server_default=text("19.99")
    )
    rating: Mapped[Rating | None] = mapped_column(default=Rating.G, server_default="G")
    special_features: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(postgresql.ARRAY(String(20)), "postgresql"), default=None
    )

    language: Mapped[Language] = relationship(foreign_keys=[language_id], lazy="raise_on_sql", init=False)
    original_language: Mapped[Language | None] = relationship(
        foreign_keys=[original_language_id], lazy="raise_on_sql", init=False
    )
    actors: Mapped[list[Actor]] = relationship(
        secondary="film_actor", back_populates="films", lazy="raise_on_sql", init=False
    )
    categories: Mapped[list[Category]] = relationship(secondary="film_category", lazy="raise_on_sql", init=False)


class FilmActor(LastUpdateMixin, Base):
    __tablename__ = "film_actor"

    actor_id: Mapped[int] = mapped_column(references("actor.actor_id"), primary_key=True)
    film_id: Mapped[int] = mapped_column(references("film.film_id"), primary_key=True, index=True)


class FilmCategory(LastUpdateMixin, Base):
    __tablename__ = "film_category"

    film_id: Mapped[int] = mapped_column(references("film.film_id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(references("category.category_id"), primary_key=True, index=True)


class FilmText(Base):
    __tablename__ = "film_text"
    __table_args__ = (Index(None, "title", "description", mysql_prefix="FULLTEXT", mariadb_prefix="FULLTEXT"),)

    film_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    description: Mapped[str | None] = mapped_column(Text(), default=None)


class Staff(LastUpdateMixin, Base):
    __tablename__ = "staff"

    staff_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    first_name: Mapped[str] = mapped_column(String(45))
    last_name: Mapped[str] = mapped_column(String(45))
    address_id: Mapped[int] = mapped_column(references("address.address_id"), index=True)
    picture: Mapped[bytes | None] = mapped_column(default=None, repr=False)
    email: Mapped[str | None] = mapped_column(String(50), default=None)
    # a store needs its manager and a manager needs a store: one of the two keys is added by ALTER
    store_id: Mapped[int] = mapped_column(references("store.store_id", use_alter=True), index=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    username: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(40), default=None, repr=False)

    address: Mapped[Address] = relationship(lazy="raise_on_sql", init=False)
    store: Mapped["Store"] = relationship(foreign_keys=[store_id], lazy="raise_on_sql", init=False)


class Store(LastUpdateMixin, Base):
    __tablename__ = "store"

    store_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    manager_staff_id: Mapped[int] = mapped_column(references("staff.staff_id"), unique=True)
    address_id: Mapped[int] = mapped_column(references("address.address_id"), index=True)

    manager: Mapped[Staff] = relationship(foreign_keys=[manager_staff_id], lazy="raise_on_sql", init=False)
    address: Mapped[Address] = relationship(lazy="raise_on_sql", init=False)


class Customer(Base):
    __tablename__ = "customer"

    customer_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    store_id: Mapped[int] = mapped_column(references("store.store_id"), index=True)
    first_name: Mapped[str] = mapped_column(String(45))
    last_name: Mapped[str] = mapped_column(String(45), index=True)
    email: Mapped[str | None] = mapped_column(String(50), default=None)
    address_id: Mapped[int] = mapped_column(references("address.address_id"), index=True)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    create_date: Mapped[datetime]
    last_update: Mapped[datetime | None] = mapped_column(server_default=utcnow(), onupdate=utcnow(), init=False)

    store: Mapped[Store] = relationship(lazy="raise_on_sql", init=False)
    address: Mapped[Address] = relationship(lazy="raise_on_sql", init=False)


class Inventory(LastUpdateMixin, Base):
    __tablename__ = "inventory"
    __table_args__ = (Index(None, "store_id", "film_id"),)

    inventory_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    film_id: Mapped[int] = mapped_column(references("film.film_id"), index=True)
    store_id: Mapped[int] = mapped_column(references("store.store_id"))

    film: Mapped[Film] = relationship(lazy="raise_on_sql", init=False)
    store: Mapped[Store] = relationship(lazy="raise_on_sql", init=False)


class Rental(LastUpdateMixin, Base):
    __tablename__ = "rental"
    __table_args__ = (UniqueConstraint("rental_date", "inventory_id", "customer_id"),)

    rental_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    rental_date: Mapped[datetime]
    inventory_id: Mapped[int] = mapped_column(references("inventory.inventory_id"), index=True)
    customer_id: Mapped[int] = mapped_column(references("customer.customer_id"), index=True)
    return_date: Mapped[datetime | None] = mapped_column(default=None)
    staff_id: Mapped[int] = mapped_column(references("staff.staff_id"), index=True)

    inventory: Mapped[Inventory] = relationship(lazy="raise_on_sql", init=False)
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql", init=False)
    staff: Mapped[Staff] = relationship(lazy="raise_on_sql", init=False)


class Payment(Base):
    __tablename__ = "payment"

    payment_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    customer_id: Mapped[int] = mapped_column(references("customer.customer_id"), index=True)
    staff_id: Mapped[int] = mapped_column(references("staff.staff_id"), index=True)
    rental_id: Mapped[int | None] = mapped_column(
        ForeignKey("rental.rental_id", ondelete="SET NULL", onupdate="CASCADE"), index=True, default=None
    )
    amount: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    payment_date: Mapped[datetime]
    last_update: Mapped[datetime | None] = mapped_column(server_default=utcnow(), onupdate=utcnow(), init=False)

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql", init=False)
    staff: Mapped[Staff] = relationship(lazy="raise_on_sql", init=False)
    rental: Mapped[Rental | None] = relationship(lazy="raise_on_sql", init=False)
