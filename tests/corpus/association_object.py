"""Many-to-many with columns of its own, and proxies that go through it.

https://docs.sqlalchemy.org/en/21/orm/extensions/associationproxy.html#simplifying-association-objects
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

KEYS = ("integer", "uuid")


class User(KeyMixin, Base):
    __tablename__ = "user_account"

    name: Mapped[str]
    user_keywords: Mapped[list["UserKeyword"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", init=False, default_factory=list, lazy="selectin"
    )
    keywords: AssociationProxy[list["Keyword"]] = association_proxy(
        "user_keywords", "keyword", creator=lambda keyword: UserKeyword.of(keyword), init=False
    )


class Keyword(KeyMixin, Base):
    __tablename__ = "keyword"

    word: Mapped[str]


class UserKeyword(Base):
    __tablename__ = "user_keyword"

    user_id: Mapped[Key] = mapped_column(ForeignKey(User.id), primary_key=True, init=False)
    keyword_id: Mapped[Key] = mapped_column(ForeignKey(Keyword.id), primary_key=True, index=True, init=False)
    special: Mapped[str | None] = mapped_column(default=None)
    user: Mapped[User] = relationship(back_populates="user_keywords", init=False, lazy="raise_on_sql")
    keyword: Mapped[Keyword] = relationship(init=False, lazy="joined", innerjoin=True)

    @classmethod
    def of(cls, keyword: Keyword) -> "UserKeyword":
        made = cls()
        made.keyword = keyword
        return made


def user() -> User:
    user = User(name="log")
    user.keywords.append(Keyword(word="its_big"))
    user.keywords.append(Keyword(word="its_heavy"))
    user.user_keywords[1].special = "heavy"
    return user


def put(session: Session) -> None:
    session.add(user())


def look(session: Session) -> None:
    found = session.scalars(select(User).where(User.keywords.any(word="its_big"))).one()
    assert {keyword.word for keyword in found.keywords} == {"its_big", "its_heavy"}
    assert {row.special for row in found.user_keywords} == {None, "heavy"}
    found.keywords.pop()
    session.flush()
    assert len(session.scalars(select(UserKeyword)).all()) == 1


async def use_async(session: AsyncSession) -> None:
    session.add(user())
    await session.flush()
    session.expunge_all()
    found = (await session.scalars(select(User).options(selectinload(User.user_keywords)))).one()
    assert len(found.keywords) == 2
