"""Chinook, a shop for music: https://github.com/lerocha/chinook-database, by the names that it has on PostgreSQL."""
# mypy: disable-error-code="import-not-found, misc"

from datetime import datetime
from decimal import Decimal

from my_project.db.base import Base
from sqlalchemy import Column, ForeignKey, Numeric, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship


class Artist(Base):
    __tablename__ = "artist"

    artist_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str | None] = mapped_column(String(120), default=None)

    albums: Mapped[list["Album"]] = relationship(back_populates="artist", lazy="raise_on_sql", init=False)


class Album(Base):
    __tablename__ = "album"

    album_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str] = mapped_column(String(160))
    artist_id: Mapped[int] = mapped_column(ForeignKey("artist.artist_id"), index=True)

    artist: Mapped[Artist] = relationship(back_populates="albums", lazy="raise_on_sql", init=False)
    tracks: Mapped[list["Track"]] = relationship(back_populates="album", lazy="raise_on_sql", init=False)


class Employee(Base):
    __tablename__ = "employee"

    employee_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    last_name: Mapped[str] = mapped_column(String(20))
    first_name: Mapped[str] = mapped_column(String(20))
    title: Mapped[str | None] = mapped_column(String(30), default=None)
    reports_to: Mapped[int | None] = mapped_column(ForeignKey("employee.employee_id"), index=True, default=None)
    birth_date: Mapped[datetime | None] = mapped_column(default=None)
    hire_date: Mapped[datetime | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(String(70), default=None)
    city: Mapped[str | None] = mapped_column(String(40), default=None)
    state: Mapped[str | None] = mapped_column(String(40), default=None)
    country: Mapped[str | None] = mapped_column(String(40), default=None)
    postal_code: Mapped[str | None] = mapped_column(String(10), default=None)
    phone: Mapped[str | None] = mapped_column(String(24), default=None)
    fax: Mapped[str | None] = mapped_column(String(24), default=None)
    email: Mapped[str | None] = mapped_column(String(60), default=None)

    manager: Mapped["Employee | None"] = relationship(
        remote_side=[employee_id], back_populates="reports", lazy="raise_on_sql", init=False
    )
    reports: Mapped[list["Employee"]] = relationship(back_populates="manager", lazy="raise_on_sql", init=False)


class Customer(Base):
    __tablename__ = "customer"

    customer_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    first_name: Mapped[str] = mapped_column(String(40))
    last_name: Mapped[str] = mapped_column(String(20))
    company: Mapped[str | None] = mapped_column(String(80), default=None)
    address: Mapped[str | None] = mapped_column(String(70), default=None)
    city: Mapped[str | None] = mapped_column(String(40), default=None)
    state: Mapped[str | None] = mapped_column(String(40), default=None)
    country: Mapped[str | None] = mapped_column(String(40), default=None)
    postal_code: Mapped[str | None] = mapped_column(String(10), default=None)
    phone: Mapped[str | None] = mapped_column(String(24), default=None)
    fax: Mapped[str | None] = mapped_column(String(24), default=None)
    email: Mapped[str] = mapped_column(String(60))
    support_rep_id: Mapped[int | None] = mapped_column(ForeignKey("employee.employee_id"), index=True, default=None)

    support_rep: Mapped[Employee | None] = relationship(lazy="raise_on_sql", init=False)
    invoices: Mapped[list["Invoice"]] = relationship(back_populates="customer", lazy="raise_on_sql", init=False)


class Invoice(Base):
    __tablename__ = "invoice"

    invoice_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.customer_id"), index=True)
    invoice_date: Mapped[datetime]
    billing_address: Mapped[str | None] = mapped_column(String(70), default=None)
    billing_city: Mapped[str | None] = mapped_column(String(40), default=None)
    billing_state: Mapped[str | None] = mapped_column(String(40), default=None)
    billing_country: Mapped[str | None] = mapped_column(String(40), default=None)
    billing_postal_code: Mapped[str | None] = mapped_column(String(10), default=None)
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))

    customer: Mapped[Customer] = relationship(back_populates="invoices", lazy="raise_on_sql", init=False)
    lines: Mapped[list["InvoiceLine"]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan", lazy="selectin", init=False
    )


class InvoiceLine(Base):
    __tablename__ = "invoice_line"

    invoice_line_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.invoice_id"), index=True, init=False)
    track_id: Mapped[int] = mapped_column(ForeignKey("track.track_id"), index=True)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    quantity: Mapped[int]

    invoice: Mapped[Invoice] = relationship(back_populates="lines", lazy="raise_on_sql", init=False)
    track: Mapped["Track"] = relationship(lazy="raise_on_sql", init=False)


class Genre(Base):
    __tablename__ = "genre"

    genre_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str | None] = mapped_column(String(120), default=None)


class MediaType(Base):
    __tablename__ = "media_type"

    media_type_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str | None] = mapped_column(String(120), default=None)


class Track(Base):
    __tablename__ = "track"

    track_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200))
    album_id: Mapped[int | None] = mapped_column(ForeignKey("album.album_id"), index=True, default=None)
    media_type_id: Mapped[int] = mapped_column(ForeignKey("media_type.media_type_id"), index=True)
    genre_id: Mapped[int | None] = mapped_column(ForeignKey("genre.genre_id"), index=True, default=None)
    composer: Mapped[str | None] = mapped_column(String(220), default=None)
    milliseconds: Mapped[int]
    bytes: Mapped[int | None] = mapped_column(default=None)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(10, 2))

    album: Mapped[Album | None] = relationship(back_populates="tracks", lazy="raise_on_sql", init=False)
    media_type: Mapped[MediaType] = relationship(lazy="raise_on_sql", init=False)
    genre: Mapped[Genre | None] = relationship(lazy="raise_on_sql", init=False)
    playlists: Mapped[list["Playlist"]] = relationship(
        secondary="playlist_track", back_populates="tracks", lazy="raise_on_sql", init=False
    )


class Playlist(Base):
    __tablename__ = "playlist"

    playlist_id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str | None] = mapped_column(String(120), default=None)

    tracks: Mapped[list[Track]] = relationship(
        secondary="playlist_track", back_populates="playlists", lazy="raise_on_sql", init=False
    )


playlist_track = Table(
    "playlist_track",
    Base.metadata,
    Column("playlist_id", ForeignKey("playlist.playlist_id"), primary_key=True, index=True),
    Column("track_id", ForeignKey("track.track_id"), primary_key=True, index=True),
)
