"""Pages of a list: each begins after the last key of the page before.

An OFFSET would read all that it skips, and shift when rows come and go. https://use-the-index-luke.com/no-offset
"""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from ..db.keys import Key
from .keys import KeyBody

Body = TypeVar("Body", bound=BaseModel)
Model = TypeVar("Model")

After = Annotated[KeyBody | None, Query(description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


class Page(BaseModel, Generic[Body]):
    """Some items of a list, in the order of their keys."""

    items: list[Body]
    next: Key | None = Field(description="What to ask for as `after`; null on the last page.")


def page_of(statement: Select[Model], key: InstrumentedAttribute[Key], after: Key | None, limit: int) -> Select[Model]:
    """Return the statement for one page, and one row more, which tells that there is a next one."""
    if after is not None:
        statement = statement.where(key > after)
    return statement.order_by(None).order_by(key).limit(limit + 1)


def page(body: type[Body], rows: Sequence[Any], limit: int) -> Page[Body]:
    """Return the page of the rows that such a statement gives."""
    items = [body.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=rows[limit - 1].id if len(rows) > limit else None)
