"""Companies."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import raiseload

from ...models import Company
from ..bodies import KeyBody, Name, RequestBody, VersionedBody, VersionedChange, unchanged
from ..pages import ListQuery, Page, page_of
from ..parameters import StrictRoute
from ..problems import found, problems
from ..replies import ADDED, CHANGED, LISTED, REMOVED, SHOWN, IfMatch, added, check, listed, shown
from ..units import ReadSession, WriteSession

router = APIRouter(prefix="/companies", tags=["companies"], route_class=StrictRoute, responses=problems(503, 504))

# The list may be long, and no response of these endpoints shows it.
WITHOUT_EMPLOYEES = [raiseload(Company.employees, sql_only=True)]


class NewCompany(RequestBody):
    name: Name


class CompanyChange(VersionedChange):
    name: Name = unchanged()


class CompanyBody(VersionedBody):
    name: str


class Companies(ListQuery[Literal["id", "-id", "name", "-name"]]):
    name: Name | None = None


@router.get("", response_model=Page[CompanyBody], responses=LISTED)
def list_companies(request: Request, query: Annotated[Companies, Query()], session: ReadSession) -> Response:
    rows = session.execute(page_of(Company, CompanyBody, query)).mappings().all()
    return listed(request, Company, CompanyBody, rows, query)


@router.post("", status_code=201, response_model=CompanyBody, responses=ADDED)
def add_company(request: Request, new: NewCompany, session: WriteSession) -> Response:
    company = Company(**new.model_dump())
    session.add(company)
    session.flush()  # fills in what the database generates
    return added(request, CompanyBody, company, "get_company", key=company.id)


@router.get("/{key}", response_model=CompanyBody, responses=SHOWN)
def get_company(key: KeyBody, session: ReadSession) -> Response:
    company = found(session.get(Company, key, options=WITHOUT_EMPLOYEES))
    return shown(CompanyBody, company)


@router.patch("/{key}", response_model=CompanyBody, responses=CHANGED)
def change_company(key: KeyBody, change: CompanyChange, session: WriteSession, if_match: IfMatch = ()) -> Response:
    company = found(session.get(Company, key, options=WITHOUT_EMPLOYEES, with_for_update=True))
    check(if_match, CompanyBody, company, change.version_id)
    change.apply_to(company)
    session.flush()
    return shown(CompanyBody, company)


@router.delete("/{key}", status_code=204, responses=REMOVED)
def remove_company(key: KeyBody, session: WriteSession, if_match: IfMatch = ()) -> None:
    company = found(session.get(Company, key, options=WITHOUT_EMPLOYEES, with_for_update=True))
    check(if_match, CompanyBody, company)
    session.delete(company)
