"""A list whose order is kept in a column.

https://docs.sqlalchemy.org/en/21/orm/extensions/orderinglist.html
"""

from collections.abc import Callable

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.orderinglist import OrderingList, ordering_list
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

songs_by_position: Callable[[], OrderingList["Song"]] = ordering_list("position", count_from=1)


class Playlist(KeyMixin, Base):
    __tablename__ = "playlist"

    songs: Mapped[list["Song"]] = relationship(
        order_by="Song.position",
        collection_class=songs_by_position,
        cascade="all, delete-orphan",
        init=False,
        default_factory=songs_by_position,
        lazy="selectin",
    )


class Song(KeyMixin, Base):
    __tablename__ = "song"

    playlist_id: Mapped[Key] = mapped_column(ForeignKey("playlist.id"), index=True, init=False)
    position: Mapped[int] = mapped_column(init=False)
    title: Mapped[str]


def playlist() -> Playlist:
    playlist = Playlist()
    playlist.songs.append(Song(title="b"))
    playlist.songs.insert(0, Song(title="a"))
    playlist.songs.append(Song(title="c"))
    return playlist


def put(session: Session) -> None:
    session.add(playlist())


def look(session: Session) -> None:
    found = session.scalars(select(Playlist)).one()
    assert [(song.position, song.title) for song in found.songs] == [(1, "a"), (2, "b"), (3, "c")]
    found.songs.insert(2, found.songs.pop(0))
    session.flush()
    assert session.scalars(select(Song.title).order_by(Song.position)).all() == ["b", "c", "a"]


async def use_async(session: AsyncSession) -> None:
    session.add(playlist())
    await session.flush()
    session.expunge_all()
    found = (await session.scalars(select(Playlist))).one()
    del found.songs[0]
    await session.flush()
    assert [song.position for song in found.songs] == [1, 2]
