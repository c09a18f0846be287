"""Companies and their employees."""

from fastapi import APIRouter
from sqlalchemy import Select

from ...db.keys import Key
from ...models import Company, Employee
from ...queries import companies, employees_of
from ..bodies import CompanyBody, CompanyChange, CompanyWithEmployees, EmployeeBody, NewCompany, NewEmployee
from ..keys import KeyBody
from ..pages import After, Limit, Page, page, page_of
from ..problems import STALE_VERSION, ProblemError, found, problems
from ..units import ReadSession, WriteSession

router = APIRouter(prefix="/companies", tags=["companies"], responses=problems(503))


def company_with(key: Key) -> Select[Company]:
    """One company or none, without its employees."""
    return companies().where(Company.id == key)


@router.get("")
def list_companies(session: ReadSession, after: After = None, limit: Limit = 50) -> Page[CompanyBody]:
    rows = session.scalars(page_of(companies(), Company.id, after, limit)).all()
    return page(CompanyBody, rows, limit)


@router.post("", status_code=201, responses=problems(409))
def add_company(body: NewCompany, session: WriteSession) -> CompanyBody:
    company = Company(name=body.name)
    session.add(company)
    session.flush()  # what the database makes is known after it
    return CompanyBody.model_validate(company)


@router.get("/{company_id}", responses=problems(404))
def get_company(company_id: KeyBody, session: ReadSession) -> CompanyWithEmployees:
    company = found(session.get(Company, company_id))
    return CompanyWithEmployees.model_validate(company)


@router.patch("/{company_id}", responses=problems(404, 409))
def change_company(company_id: KeyBody, body: CompanyChange, session: WriteSession) -> CompanyBody:
    locked = company_with(company_id).with_for_update()
    company = found(session.scalars(locked).one_or_none())
    if company.version_id != body.version_id:
        raise ProblemError(STALE_VERSION)
    company.name = body.name
    session.flush()
    return CompanyBody.model_validate(company)


@router.delete("/{company_id}", status_code=204, responses=problems(404, 409))
def remove_company(company_id: KeyBody, session: WriteSession) -> None:
    session.delete(found(session.get(Company, company_id, with_for_update=True)))


@router.get("/{company_id}/employees", responses=problems(404))
def list_employees(
    company_id: KeyBody, session: ReadSession, after: After = None, limit: Limit = 50
) -> Page[EmployeeBody]:
    found(session.scalars(company_with(company_id)).one_or_none())
    rows = session.scalars(page_of(employees_of(company_id), Employee.id, after, limit)).all()
    return page(EmployeeBody, rows, limit)


@router.post("/{company_id}/employees", status_code=201, responses=problems(404, 409))
def add_employee(company_id: KeyBody, body: NewEmployee, session: WriteSession) -> EmployeeBody:
    # As the foreign key will lock it; a transaction of SQLite that writes later has to lock first.
    locked = company_with(company_id).with_for_update(read=True, key_share=True)
    found(session.scalars(locked).one_or_none())
    employee = Employee(company_id=company_id, **body.model_dump())
    session.add(employee)
    session.flush()
    return EmployeeBody.model_validate(employee)
