"""Lists in pages: each page begins after the last row of the page before, in the order that the client chose.

An OFFSET would read all that it skips, and shift when rows come and go. https://use-the-index-luke.com/no-offset
"""

import operator
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import ColumnElement, Enum, Select, and_, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

from .keys import KeyBody

Body = TypeVar("Body", bound=BaseModel)
Model = TypeVar("Model")
Sort = TypeVar("Sort", bound=str)

# A cursor comes from a client: these values can be compared with a column on every database.
COMPARABLE: dict[type, Any] = {
    str: Annotated[str, Field(pattern=r"^[^\x00]*$")],
    int: Annotated[int, Field(ge=-(2**63), lt=2**63)],
    Decimal: Annotated[Decimal, Field(max_digits=38, allow_inf_nan=False)],
    datetime: Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))],
}


class ListQuery(BaseModel, Generic[Sort]):
    """The query parameters of a list: `class CompanyQuery(ListQuery[Literal["id", "name", "-name"]])`.

    Sorts are names of columns, "-" for descending order; a column that is none of an index is sorted for each page.
    Fields of a subclass are filters: columns that equal what the client gives.
    """

    model_config = ConfigDict(extra="forbid")

    sort: Sort = Field("id", validate_default=True)
    after: str | None = Field(None, description="The `next` of the page before, for the same `sort`.")
    limit: int = Field(50, ge=1, le=100)

    def filters(self) -> dict[str, Any]:
        """Return the columns that the client filters by, and their values."""
        return self.model_dump(exclude={"sort", "after", "limit"}, exclude_none=True)


class Page(BaseModel, Generic[Body]):
    """Some items of a list."""

    items: list[Body]
    next: str | None = Field(description="What to ask for as `after`; null on the last page.")


def column_of(model: Any, sort: str) -> InstrumentedAttribute[Any]:
    """Return the column that a list is sorted by."""
    column: InstrumentedAttribute[Any] = getattr(model, sort.removeprefix("-"))
    return column


@cache
def positions(model: Any, sort: str) -> TypeAdapter[Any]:
    """Return the type of positions in a list: the sort, and value and key of a row."""
    column = column_of(model, sort)
    is_literal = isinstance(column.type, Enum) and column.type.enum_class is None
    kind: Any = Literal[tuple(column.type.enums)] if is_literal else column.type.python_type
    value = COMPARABLE.get(kind, kind)
    kinds: Any = Annotated[str, Field(pattern=f"^{sort}$")], value | None if column.nullable else value, KeyBody
    return TypeAdapter(tuple[kinds])


def cursor_of(row: Any, sort: str) -> str:
    """Return the position of a row, as text that needs no quotation in a URL."""
    position = (sort, getattr(row, sort.removeprefix("-")), row.id)
    return urlsafe_b64encode(positions(row.__class__, sort).dump_json(position)).decode().rstrip("=")


def position_of(cursor: str, model: Any, sort: str) -> tuple[Any, Any]:
    """Return the value and the key that a cursor stands for; the response to any other text is 422."""
    try:
        _, value, key = positions(model, sort).validate_json(urlsafe_b64decode(f"{cursor}=="))
    except (ValueError, OverflowError):
        error = {"type": "cursor", "loc": ("query", "after"), "msg": "Input should be the `next` of a page so sorted"}
        raise RequestValidationError([error]) from None
    return value, key


def page_of(statement: Select[Model], model: Any, query: ListQuery[Any]) -> Select[Model]:
    """Return the statement for one page of the model's rows, and one row more, which tells that there is a next one."""
    column, key = column_of(model, query.sort), model.id
    # Where no values are equal, nothing has to decide between them; MariaDB would sort the whole table for it.
    has_ties = column is not key and (column.nullable or not column.unique)
    order = [column, key] if has_ties else [column]
    if column.nullable:  # the databases disagree where NULL belongs; here it is the greatest value
        order.insert(0, column.is_(None))
    descending = query.sort.startswith("-")
    statement = statement.filter_by(**query.filters()).order_by(None).limit(query.limit + 1)
    if query.after is not None:
        value, last = position_of(query.after, model, query.sort)
        statement = statement.where(is_behind(column, value, key, last if has_ties else None, descending))
    return statement.order_by(*(each.desc() if descending else each for each in order))


def is_behind(column: Any, value: Any, key: Any, last: Any | None, descending: bool) -> ColumnElement[bool]:
    """Return the condition of the rows behind a position; the database compares, by the collation of its order."""
    beyond, reaches = (operator.lt, operator.le) if descending else (operator.gt, operator.ge)
    bound = literal(value, column.type)
    if last is None:
        return and_(beyond(column, bound))
    if value is None:
        tied = and_(column.is_(None), beyond(key, last))
        return or_(tied, column.is_not(None)) if descending else tied
    # With `reaches` an index of the column finds the first row, on every database.
    rest = and_(reaches(column, bound), or_(beyond(column, bound), beyond(key, last)))
    return or_(rest, column.is_(None)) if column.nullable and not descending else rest


def page(body: type[Body], rows: Sequence[Any], query: ListQuery[Any]) -> Page[Body]:
    """Return the page of the rows that such a statement gives."""
    items = [body.model_validate(row) for row in rows[: query.limit]]
    return Page(items=items, next=cursor_of(rows[query.limit - 1], query.sort) if len(rows) > query.limit else None)
