"""One-to-one, where the second is optional.

https://docs.sqlalchemy.org/en/21/orm/basic_relationships.html#one-to-one
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship


class User(KeyMixin, Base):
    __tablename__ = "user"

    name: Mapped[str]
    profile: Mapped["Profile | None"] = relationship(
        back_populates="user", cascade="all, delete-orphan", init=False, lazy="joined"
    )


class Profile(Base):
    __tablename__ = "profile"

    user_id: Mapped[Key] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, init=False)
    text: Mapped[str]
    user: Mapped[User] = relationship(back_populates="profile", init=False, lazy="raise_on_sql", single_parent=True)


def user() -> User:
    user = User(name="Ann")
    user.profile = Profile(text="hello")
    return user


def put(session: Session) -> None:
    session.add_all([user(), User(name="Bob")])


def look(session: Session) -> None:
    ann, bob = session.scalars(select(User).order_by(User.name))
    assert ann.profile is not None
    assert (ann.profile.text, bob.profile) == ("hello", None)
    ann.profile = None
    session.flush()
    assert session.scalars(select(Profile)).all() == []


async def use_async(session: AsyncSession) -> None:
    made = user()
    session.add(made)
    await session.flush()
    session.expunge_all()
    found = await session.get_one(User, made.id)
    assert found.profile is not None
    assert found.profile.text == "hello"
