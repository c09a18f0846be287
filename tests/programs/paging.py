"""Page through random rows while others come and go, and ask for pages behind cursors that nobody has given.

`paging.py ROUNDS` prints how many pages it has read, and how many cursors were accepted and refused.
"""
# mypy: disable-error-code="import-not-found", allow-subclassing-any
# ruff: noqa: S311

import json
import math
import random
import string
import sys
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Literal
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from my_project.db.session import make_engine, make_sessions, transaction
from my_project.settings import Settings
from my_project.web.pages import ListQuery, cursor_of, page, page_of, position_of
from pydantic import BaseModel, ConfigDict
from sqlalchemy import MetaData, String, delete, select, text
from sqlalchemy.exc import NotSupportedError
from sqlalchemy.orm import Mapped, Session, mapped_column

ENGINE = make_engine(Settings.load().database_url)


def collation() -> str:
    """Return a collation for which more or other strings are equal than for that of the database."""
    if ENGINE.dialect.name != "postgresql":
        return {"sqlite": "NOCASE", "mariadb": "utf8mb4_general_ci"}[ENGINE.dialect.name]
    rules = "provider = icu, locale = 'und-u-ks-level1', deterministic = false"
    try:
        with ENGINE.begin() as connection:
            connection.execute(text(f"CREATE COLLATION loose ({rules})"))
    except NotSupportedError:  # the PostgreSQL of a wheel has no ICU
        return "C"
    return "loose"


NAMES = ["", " ", "a", "A", "a ", "á", "Á", "à", "ä", "ae", "b", "B", "ß", "ss", "SS", "Z", "z", "É", "e\u0301", "日本"]
MARKS = count()
START = datetime(2026, 1, 1, tzinfo=UTC)


class Apart(Base):
    """Keeps these tables out of the metadata of the application."""

    __abstract__ = True
    metadata = MetaData()


class Thing(KeyMixin, Apart):
    """A row with a column of each kind that a list may be sorted by."""

    __tablename__ = "things"

    mark: Mapped[int]  # unlike a key of SQLite, never used again
    name: Mapped[str] = mapped_column(String(40))
    loose: Mapped[str | None] = mapped_column(String(40, collation()))
    hours: Mapped[int | None]
    amount: Mapped[Decimal | None]
    at: Mapped[datetime | None]
    kind: Mapped[Literal["a", "b"]]
    flag: Mapped[bool | None]
    weight: Mapped[float | None]
    code: Mapped[str] = mapped_column(String(40), unique=True)


class Shown(BaseModel):
    """An item of these pages."""

    model_config = ConfigDict(from_attributes=True)

    mark: int


SORTS = [
    sign + name
    for name in ("id", "name", "loose", "hours", "amount", "at", "kind", "flag", "weight", "code")
    for sign in ("", "-")
]


class Things(ListQuery[str]):
    """The query of a list."""


def thing() -> Thing:
    """Return a row of few values, so that many are equal."""
    return Thing(
        mark=next(MARKS),
        name="".join(random.choices(NAMES, k=random.randint(0, 2))),
        loose=random.choice([*NAMES, None]),
        hours=random.choice([None, -1, 0, 1]),
        amount=random.choice([None, Decimal("1.25"), Decimal("1.250001"), Decimal(-7)]),
        at=random.choice([None, START, START + timedelta(microseconds=1), START + timedelta(days=1)]),
        kind=random.choice(["a", "b"]),
        flag=random.choice([None, False, True]),
        weight=random.choice([None, -1.5, 0.0, 1e-300]),
        code=f"{random.choice(NAMES)}{next(MARKS)}",
    )


def in_order(session: Session, sort: str) -> list[Any]:
    """Return the marks of all rows, in the order that is promised."""
    name, direction = sort.removeprefix("-"), " DESC" if sort.startswith("-") else ""
    order = f"{name} IS NULL{direction}, {name}{direction}, id{direction}"
    return list(session.scalars(select(Thing.mark).order_by(text(order))))


def change_others(session: Session, seen: list[Any]) -> None:
    """Add rows, and remove some: also the one that the next page follows."""
    session.add_all([thing() for _ in range(random.randint(0, 3))])
    there = list(session.scalars(select(Thing.mark)))
    gone = random.sample(there, k=min(len(there), random.randint(0, 2)))
    session.execute(delete(Thing).where(Thing.mark.in_(gone + random.choice([[], seen[-1:]]))))


def walk(sort: str) -> int:
    """Read all pages of a list; return how many they were."""
    sessions = make_sessions(ENGINE)
    with transaction(sessions) as session:
        session.execute(delete(Thing))
        session.add_all([thing() for _ in range(random.randint(0, 60))])
    with sessions() as session:
        before = set(session.scalars(select(Thing.mark)))
    pages, after, seen = 0, None, list[Any]()
    while pages == 0 or after is not None:
        query = Things(sort=sort, after=after, limit=random.randint(1, 9))
        with transaction(sessions) as session:
            read = page(Thing, Shown, session.execute(page_of(Thing, Shown, query)).mappings().all(), query)
            seen += [item.mark for item in read.items]
            pages, after = pages + 1, read.next
            assert len(read.items) == query.limit or after is None
        with transaction(sessions) as session:
            change_others(session, seen)
    with sessions() as session:
        order = in_order(session, sort)
    stayed = [mark for mark in order if mark in before]
    assert len(set(seen)) == len(seen), f"{sort}: a row came twice"
    assert [mark for mark in seen if mark in stayed] == stayed, f"{sort}: a row is missing, or in another place"
    assert [mark for mark in seen if mark in order] == [mark for mark in order if mark in seen], f"{sort}: not in order"
    return pages


# Forged cursors have these in the place of a value or a key.
ODD: list[Any] = [None, True, 0, -1, 2**63, -(2**64), 10**400, 1.5, "", "x", "\0", "a\0", "é" * 500, [], {}]
ODD += ["NaN", "Infinity", "1e999999", "-1e-999999", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
ODD += ["2026-01-01T00:00:00", "2026-01-01", "0001-01-01T00:00:00Z", "a", "00000000-0000-0000-0000-000000000000"]
RAW = ["", "=", "null", "a", "ÿ", "\0", "W10", "e30", "/", "%", "[]", "\ud800"]


def odd_cursor(sort: str) -> str:
    """Return a cursor that no page has given."""
    if random.random() < 0.2:
        return random.choice([*RAW, "".join(random.choices(string.printable, k=random.randint(1, 40)))])
    position = [random.choice([sort, sort, sort, "name", 1]), random.choice(ODD), random.choice([1, 1, *ODD])]
    bent = json.dumps(position).replace('"x"', random.choice(['"x"', '"\\ud800"', "NaN", "-Infinity"]))
    return urlsafe_b64encode(bent.encode()).decode().rstrip("=")


def guess(sort: str) -> bool:
    """Ask for the page behind an odd cursor; return whether there is one."""
    query = Things(sort=sort, limit=1)
    query.after = odd_cursor(sort)
    try:
        with make_sessions(ENGINE)() as session:
            session.execute(page_of(Thing, Shown, query)).mappings().all()
    except RequestValidationError:
        return False
    return True


def refuses_infinity() -> bool:
    """Return whether the cursor of an infinite value is refused: as null it would be another value."""
    key: Any = UUID(int=1) if Thing.__table__.c.id.type.python_type is UUID else 1
    infinite: Any = {"weight": math.inf, "id": key}
    try:
        position_of(cursor_of(infinite, Thing, "weight"), Thing, "weight")
    except RequestValidationError:
        return True
    return False


def ask_behind_a_large_integer() -> None:
    """Ask for the page behind an integer that is too large for its column, which is no error."""
    key: Any = UUID(int=1) if Thing.__table__.c.id.type.python_type is UUID else 1
    large: Any = {"hours": 2**40, "id": key}
    query = Things(sort="hours", limit=1)
    query.after = cursor_of(large, Thing, "hours")
    with make_sessions(ENGINE)() as session:
        session.execute(page_of(Thing, Shown, query)).mappings().all()


def main(rounds: int) -> None:
    """Run the program."""
    assert refuses_infinity()
    random.seed(rounds)
    Apart.metadata.create_all(ENGINE)
    ask_behind_a_large_integer()
    pages = sum(walk(sort) for _ in range(rounds) for sort in SORTS)
    guesses = [guess(random.choice(SORTS)) for _ in range(200 * rounds)]
    ENGINE.dispose()
    print(pages, guesses.count(True), guesses.count(False))


main(int(sys.argv[1]))
