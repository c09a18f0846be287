"""Keyset (cursor) pagination: each page begins after the last row of the previous page, in the client's order.

OFFSET would read all rows that it skips, and shift when rows come and go. https://use-the-index-luke.com/no-offset
"""

import operator
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, Enum, Integer, RowMapping, Select, and_, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from .keys import KeyBody

Body = TypeVar("Body", bound=BaseModel)
Sort = TypeVar("Sort", bound=str)

# Cursors come from clients, so their values are limited to those that every database can compare with a column.
COMPARABLE: dict[type, Any] = {
    str: Annotated[str, Field(pattern=r"^[^\x00]*$")],
    int: Annotated[int, Field(ge=-(2**63), lt=2**63)],
    float: Annotated[float, Field(allow_inf_nan=False)],
    Decimal: Annotated[Decimal, Field(max_digits=38, allow_inf_nan=False)],
    datetime: Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))],
}


class ListQuery(BaseModel, Generic[Sort]):
    """The query parameters of a list: `class CompanyQuery(ListQuery[Literal["id", "name", "-name"]])`.

    A sort is the name of a column, with "-" for descending order; without an index, each page sorts all rows.
    Fields of a subclass are filters: the column has to equal the value.
    """

    model_config = ConfigDict(extra="forbid")

    sort: Sort = Field("id", validate_default=True)
    after: str | None = Field(None, description="The `next` of the previous page, for the same `sort`.")
    limit: int = Field(50, ge=1, le=100)

    def filters(self) -> dict[str, Any]:
        """Return the columns that the client filters by, and their values."""
        return self.model_dump(exclude={"sort", "after", "limit"}, exclude_none=True)


class Page(BaseModel, Generic[Body]):
    """A page of a list."""

    items: list[Body]
    next: str | None = Field(description="The value of `after` for the next page; null on the last one.")


def column_of(model: Any, sort: str) -> InstrumentedAttribute[Any]:
    """Return the column that a list is sorted by."""
    column: InstrumentedAttribute[Any] = getattr(model, sort.removeprefix("-"))
    return column


@cache
def positions(model: Any, sort: str) -> TypeAdapter[Any]:
    """Return the type of a cursor: the sort, and the value and the key of a row."""
    column = column_of(model, sort)
    is_literal = isinstance(column.type, Enum) and column.type.enum_class is None
    kind: Any = Literal[tuple(column.type.enums)] if is_literal else column.type.python_type
    value = COMPARABLE.get(kind, kind)
    kinds = Annotated[str, Field(pattern=f"^{sort}$")], value | None if column.nullable else value, KeyBody
    position: Any = GenericAlias(tuple, kinds)
    return TypeAdapter(position, config=ConfigDict(ser_json_inf_nan="strings"))  # null is another value


def cursor_of(row: RowMapping, model: Any, sort: str) -> str:
    """Return the cursor of a row, a string that is safe in a URL."""
    position = (sort, row[sort.removeprefix("-")], row["id"])
    return urlsafe_b64encode(positions(model, sort).dump_json(position)).decode().rstrip("=")


def position_of(cursor: str, model: Any, sort: str) -> tuple[Any, Any]:
    """Return the value and the key in a cursor; respond with 422 to an invalid one."""
    try:
        _, value, key = positions(model, sort).validate_json(urlsafe_b64decode(f"{cursor}=="))
    except (ValueError, OverflowError):
        error = {"type": "cursor", "loc": ("query", "after"), "msg": "Input should be `next` of a page with this sort"}
        raise RequestValidationError([error]) from None
    return value, key


def has_ties(column: Any) -> bool:
    """Return whether values may repeat. Then the order needs the key as well, and so does the index on MariaDB."""
    return not column.primary_key and (column.nullable or not column.unique)


@cache
def in_order(model: Any, body: type[BaseModel], sort: str) -> Select[*tuple[Any, ...]]:
    """Return the query for all rows in this order; it is cached.

    It selects the columns that the body names, because objects would cost twice as much.
    """
    column = column_of(model, sort)
    order: list[Any] = [column, model.id] if has_ties(column) else [column]
    if column.nullable:  # the databases disagree where NULL belongs; here it is the greatest value
        order.insert(0, column.is_(None))
    names = dict.fromkeys([*body.model_fields, column.key, "id"])
    rows = select(*(getattr(model, name) for name in names))
    return rows.order_by(*(each.desc() if sort.startswith("-") else each for each in order))


def page_of(model: Any, body: type[BaseModel], query: ListQuery[Any]) -> Select[*tuple[Any, ...]]:
    """Return the query for a page, and for one more row, which tells that there is a next page."""
    statement = in_order(model, body, query.sort).limit(query.limit + 1)
    if filters := query.filters():
        statement = statement.filter_by(**filters)
    if query.after is not None:
        column, (value, last) = column_of(model, query.sort), position_of(query.after, model, query.sort)
        behind = last if has_ties(column) else None
        is_descending = query.sort.startswith("-")
        statement = statement.where(is_behind(column, value, model.id, behind, descending=is_descending))
    return statement


def is_behind(column: Any, value: Any, key: Any, last: Any | None, *, descending: bool) -> ColumnElement[bool]:
    """Return the condition for the rows after a position; the database compares, by its collation."""
    beyond, reaches = (operator.lt, operator.le) if descending else (operator.gt, operator.ge)
    # A cursor may have an integer that is too large for the column.
    bound = literal(value, BigInteger() if isinstance(column.type, Integer) else column.type)
    if last is None:
        return and_(beyond(column, bound))
    if value is None:
        tied = and_(column.is_(None), beyond(key, last))
        return or_(tied, column.is_not(None)) if descending else tied
    # `reaches` lets every database find the first row by an index of the column.
    rest = and_(reaches(column, bound), or_(beyond(column, bound), beyond(key, last)))
    return or_(rest, column.is_(None)) if column.nullable and not descending else rest


def page(model: Any, body: type[Body], rows: Sequence[RowMapping], query: ListQuery[Any]) -> Page[Body]:
    """Return the page for the rows of a `page_of` query, from `execute(…).mappings()`."""
    last = cursor_of(rows[query.limit - 1], model, query.sort) if len(rows) > query.limit else None
    items = [dict(row) for row in rows[: query.limit]]  # Pydantic reads a mapping of another class more slowly
    return Page[body].model_validate({"items": items, "next": last})  # type: ignore[valid-type]
