"""Remarks that may belong to rows of several tables: one nullable reference each, of which exactly one is set."""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship


class Photo(KeyMixin, Base):
    __tablename__ = "photo"

    title: Mapped[str]
    remarks: Mapped[list["Remark"]] = relationship(
        back_populates="photo", cascade="all, delete-orphan", init=False, default_factory=list, lazy="selectin"
    )


class Video(KeyMixin, Base):
    __tablename__ = "video"

    title: Mapped[str]
    remarks: Mapped[list["Remark"]] = relationship(
        back_populates="video", cascade="all, delete-orphan", init=False, default_factory=list, lazy="selectin"
    )


class Remark(KeyMixin, Base):
    __tablename__ = "remark"
    __table_args__ = (CheckConstraint("(photo_id IS NULL) <> (video_id IS NULL)", name="one_target"),)

    photo_id: Mapped[Key | None] = mapped_column(ForeignKey("photo.id"), index=True, init=False)
    video_id: Mapped[Key | None] = mapped_column(ForeignKey("video.id"), index=True, init=False)
    text: Mapped[str] = mapped_column(String(200))
    photo: Mapped[Photo | None] = relationship(back_populates="remarks", init=False, lazy="joined")
    video: Mapped[Video | None] = relationship(back_populates="remarks", init=False, lazy="joined")

    @property
    def target(self) -> Photo | Video | None:
        return self.photo or self.video


OBJECTIONS = {"test_no_revision_loses_rows": "remark.text: add it to SPECIAL"}


def put(session: Session) -> None:
    photo, video = Photo(title="p"), Video(title="v")
    photo.remarks.append(Remark(text="nice"))
    video.remarks.append(Remark(text="long"))
    session.add_all([photo, video])


def look(session: Session) -> None:
    found = session.scalars(select(Remark).order_by(Remark.text)).all()
    assert [type(remark.target) for remark in found] == [Video, Photo]
