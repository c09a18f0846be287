"""What requests and responses hold. A response is made of columns that are loaded, so making it sends no statement."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..db.keys import Key
from ..models import Role

# As long as the columns, and without the character that PostgreSQL refuses. Clients read the patterns as well, so they
# are those that all dialects of regular expressions read alike: \s, for one, is not.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\x00-\x20]+@[^@\x00-\x20]+$")]


class RequestBody(BaseModel):
    """What comes in; a field that nobody knows is an error, and not a typing mistake without effect."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """What goes out, made of a model: `CompanyBody.model_validate(company)`."""

    model_config = ConfigDict(from_attributes=True)


class NewCompany(RequestBody):
    name: Name


class CompanyChange(RequestBody):
    """`version_id` is that of the company as the client knows it: who saw an older one would undo a change unseen."""

    name: Name
    version_id: Annotated[int, Field(ge=1, lt=2**31)]


class NewEmployee(RequestBody):
    name: Name
    email: Email
    role: Role = Role.ENGINEER
    weekly_hours: Annotated[int, Field(ge=1, le=168)] = 40


class EmployeeBody(ResponseBody):
    id: Key
    name: str
    email: str
    role: Role
    weekly_hours: int


class CompanyBody(ResponseBody):
    id: Key
    name: str
    created_at: datetime
    updated_at: datetime
    version_id: int


class CompanyWithEmployees(CompanyBody):
    employees: list[EmployeeBody]
