"""A hybrid whose comparison ignores case.

https://docs.sqlalchemy.org/en/21/orm/extensions/hybrid.html#building-custom-comparators
"""

from typing import Any

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.hybrid import Comparator, hybrid_property
from sqlalchemy.orm import Mapped, Session


class CaseInsensitive(Comparator[str]):
    def __eq__(self, other: Any) -> ColumnElement[bool]:  # type: ignore[override]
        return func.lower(self.__clause_element__()) == func.lower(other)


class Word(KeyMixin, Base):
    __tablename__ = "word"

    text: Mapped[str]

    @hybrid_property
    def folded(self) -> str:
        return self.text.lower()

    @folded.inplace.comparator
    @classmethod
    def _folded_comparator(cls) -> CaseInsensitive:
        return CaseInsensitive(cls.text)


def put(session: Session) -> None:
    session.add(Word(text="SomeWord"))


def look(session: Session) -> None:
    assert session.scalars(select(Word).where(Word.folded == "someWORD")).one().folded == "someword"
