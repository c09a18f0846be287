"""Base classes and field types of request and response bodies; those of a resource are beside its routes."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm.attributes import set_attribute

from ..db.keys import Key
from .keys import KeyBody as KeyBody

# A number needs the limits of its column as well, Field(max_digits=12, decimal_places=2) or Field(ge=0, lt=2**31):
# SQLite stores 1e400 as infinity, which no later response can show.
# The length of the column, and no NUL, which PostgreSQL refuses. Clients read patterns in OpenAPI, so a pattern uses
# only syntax that all regular expressions share: no \s.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class RequestBody(BaseModel):
    """A request body; an unknown field is an error, because it may be a typo."""

    model_config = ConfigDict(extra="forbid")


class Change(RequestBody):
    """A partial update: fields that the request leaves out keep their values."""

    def apply_to(self, row: object) -> None:
        """Set the attributes that the request contains."""
        for name, value in self.model_dump(exclude_unset=True).items():
            set_attribute(row, name, value)


class VersionedChange(Change):
    """A partial update of a row with VersionMixin; its `version_id` may replace If-Match."""

    version_id: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, exclude=True, description="The version that the client has seen, unless it sends If-Match."
    )


def unchanged() -> Any:
    """Return the default of a field that may be left out, but not be null."""
    return Field(default_factory=lambda: None)  # the OpenAPI document would show a plain default


class ResponseBody(BaseModel):
    """A response body; making it from a model sends no SQL: `CompanyBody.model_validate(company)`."""

    model_config = ConfigDict(from_attributes=True)


class RowBody(ResponseBody):
    """A row with the columns of KeyMixin and AuditMixin."""

    id: Key
    created_at: datetime
    updated_at: datetime


class VersionedBody(RowBody):
    """A row with the columns of VersionMixin as well."""

    version_id: int
