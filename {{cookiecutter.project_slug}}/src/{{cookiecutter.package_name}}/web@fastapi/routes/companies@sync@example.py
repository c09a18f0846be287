"""Companies."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from ...models import Company
from ...queries import company_with
from ..bodies import KeyBody, Name, RequestBody, VersionedBody, VersionedChange, unchanged
from ..pages import ListQuery, Page, page_of
from ..problems import found, problems
from ..replies import ADDED, CHANGED, LISTED, REMOVED, SHOWN, ConditionalReply, Reply
from ..units import ReadSession, WriteSession

router = APIRouter(prefix="/companies", tags=["companies"], responses=problems(503, 504))


class NewCompany(RequestBody):
    name: Name


class CompanyChange(VersionedChange):
    name: Name = unchanged()


class CompanyBody(VersionedBody):
    name: str


class Companies(ListQuery[Literal["id", "-id", "name", "-name"]]):
    name: Name | None = None


@router.get("", responses=LISTED)
def list_companies(query: Annotated[Companies, Query()], session: ReadSession, reply: Reply) -> Page[CompanyBody]:
    rows = session.execute(page_of(Company, CompanyBody, query)).mappings().all()
    return reply.page(Company, CompanyBody, rows, query)


@router.post("", status_code=201, responses=ADDED)
def add_company(new: NewCompany, session: WriteSession, reply: Reply) -> CompanyBody:
    company = Company(**new.model_dump())
    session.add(company)
    session.flush()  # fills in what the database generates
    return reply.added(CompanyBody, company, "get_company", key=company.id)


@router.get("/{key}", responses=SHOWN)
def get_company(key: KeyBody, session: ReadSession, reply: Reply) -> CompanyBody:
    company = found(session.scalars(company_with(key)).one_or_none())
    return reply.shown(CompanyBody, company)


@router.patch("/{key}", responses=CHANGED)
def change_company(key: KeyBody, change: CompanyChange, session: WriteSession, reply: ConditionalReply) -> CompanyBody:
    company = found(session.scalars(company_with(key).with_for_update()).one_or_none())
    reply.check(CompanyBody, company, change.version_id)
    change.apply_to(company)
    session.flush()
    return reply.shown(CompanyBody, company)


@router.delete("/{key}", status_code=204, responses=REMOVED)
def remove_company(key: KeyBody, session: WriteSession, reply: ConditionalReply) -> None:
    company = found(session.scalars(company_with(key).with_for_update()).one_or_none())
    reply.check(CompanyBody, company)
    session.delete(company)
