"""Base classes and field types of what requests and responses hold; the rest is beside the routes of its resource."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ..db.keys import Key
from .keys import KeyBody as KeyBody

# As long as the column, and without the character that PostgreSQL refuses. Clients read patterns as well, so they are
# those that all dialects of regular expressions read alike: \s, for one, is not.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class RequestBody(BaseModel):
    """A request; an unknown field is an error, because it may be a typing mistake."""

    model_config = ConfigDict(extra="forbid")


class Change(RequestBody):
    """A change of a row: fields that a request leaves out stay as they are."""

    def apply_to(self, row: object) -> None:
        """Set the attributes that the request gives."""
        for name, value in self.model_dump(exclude_unset=True).items():
            setattr(row, name, value)


class VersionedChange(Change):
    """A change of a row with VersionMixin: a client may send its version instead of If-Match."""

    version_id: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, exclude=True, description="The version that the client saw, if it sends no If-Match."
    )


def unchanged() -> Any:
    """Return the default of a field that a change may leave out, and that cannot be null."""
    return Field(default_factory=lambda: None)  # a plain default would stand in the OpenAPI document


class ResponseBody(BaseModel):
    """A response, made of a model: `CompanyBody.model_validate(company)`. Loaded columns need no statement."""

    model_config = ConfigDict(from_attributes=True)


class RowBody(ResponseBody):
    """A row with the columns of KeyMixin and AuditMixin."""

    id: Key
    created_at: datetime
    updated_at: datetime


class VersionedBody(RowBody):
    """A row with the columns of VersionMixin as well."""

    version_id: int
