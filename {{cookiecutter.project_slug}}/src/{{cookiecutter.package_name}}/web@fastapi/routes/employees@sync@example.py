"""Employees: each belongs to a company."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy.orm import joinedload

from ...db.keys import Key
from ...models import Company, Employee, Role
from ..bodies import Change, KeyBody, Name, RequestBody, RowBody, unchanged
from ..pages import ListQuery, Page, page_of
from ..parameters import StrictRoute
from ..problems import found, problems
from ..replies import ADDED, CHANGED, LISTED, REMOVED, SHOWN, IfMatch, added, check, listed, shown
from ..units import ReadSession, WriteSession
from .companies import WITHOUT_EMPLOYEES, CompanyBody

router = APIRouter(tags=["employees"], route_class=StrictRoute, responses=problems(503, 504))

Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\x00-\x20]+@[^@\x00-\x20]+$")]
Hours = Annotated[int, Field(ge=1, le=168)]


class NewEmployee(RequestBody):
    name: Name
    email: Email
    role: Role = Role.ENGINEER
    weekly_hours: Hours = 40


class EmployeeChange(Change):
    name: Name = unchanged()
    email: Email = unchanged()
    role: Role = unchanged()
    weekly_hours: Hours = unchanged()


class EmployeeBody(RowBody):
    company_id: Key
    name: str
    email: str
    role: Role
    weekly_hours: int


class CompanyWithEmployees(CompanyBody):
    employees: list[EmployeeBody]


class Employees(ListQuery[Literal["id", "-id", "name", "-name"]]):
    name: Name | None = None
    email: Email | None = None
    role: Role | None = None


@router.get("/companies/{company_id}/overview", responses=problems(404))
def get_overview(company_id: KeyBody, session: ReadSession) -> CompanyWithEmployees:
    # one statement instead of two
    company = found(session.get(Company, company_id, options=[joinedload(Company.employees)]))
    return CompanyWithEmployees.model_validate(company)


@router.get("/companies/{company_id}/employees", response_model=Page[EmployeeBody], responses=LISTED | problems(404))
def list_employees(
    request: Request, company_id: KeyBody, query: Annotated[Employees, Query()], session: ReadSession
) -> Response:
    found(session.get(Company, company_id, options=WITHOUT_EMPLOYEES))
    statement = page_of(Employee, EmployeeBody, query).where(Employee.company_id == company_id)
    rows = session.execute(statement).mappings().all()
    return listed(request, Employee, EmployeeBody, rows, query)


@router.post(
    "/companies/{company_id}/employees", status_code=201, response_model=EmployeeBody, responses=ADDED | problems(404)
)
def add_employee(request: Request, company_id: KeyBody, new: NewEmployee, session: WriteSession) -> Response:
    # The lock that the foreign key takes anyway; on SQLite, a transaction that writes later has to lock first.
    lock = {"read": True, "key_share": True}
    found(session.get(Company, company_id, options=WITHOUT_EMPLOYEES, with_for_update=lock))
    employee = Employee(company_id=company_id, **new.model_dump())
    session.add(employee)
    session.flush()
    return added(request, EmployeeBody, employee, "get_employee", key=employee.id)


@router.get("/employees/{key}", response_model=EmployeeBody, responses=SHOWN)
def get_employee(key: KeyBody, session: ReadSession) -> Response:
    employee = found(session.get(Employee, key))
    return shown(EmployeeBody, employee)


@router.patch("/employees/{key}", response_model=EmployeeBody, responses=CHANGED)
def change_employee(key: KeyBody, change: EmployeeChange, session: WriteSession, if_match: IfMatch = ()) -> Response:
    employee = found(session.get(Employee, key, with_for_update=True))
    check(if_match, EmployeeBody, employee)
    change.apply_to(employee)
    session.flush()
    return shown(EmployeeBody, employee)


@router.delete("/employees/{key}", status_code=204, responses=REMOVED)
def remove_employee(key: KeyBody, session: WriteSession, if_match: IfMatch = ()) -> None:
    employee = found(session.get(Employee, key, with_for_update=True))
    check(if_match, EmployeeBody, employee)
    session.delete(employee)
