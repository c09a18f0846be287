"""FastAPI with Session and SQLAlchemy's defaults."""

import os
from collections.abc import Generator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload, sessionmaker

from .bodies import Company, CompanyChange, CompanyOut, CompanyWithEmployees, Limit, NewCompany, Number, Page

engine = create_engine(os.environ["BY_HAND_URL"])
sessions = sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
router = APIRouter(prefix="/companies")


def get_session() -> Generator[Session]:
    with sessions() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


@router.get("", response_model=Page)
def list_companies(session: SessionDep, after: Number | None = None, limit: Limit = 50) -> dict[str, object]:
    statement = select(Company).order_by(Company.id).limit(limit + 1)
    if after is not None:
        statement = statement.where(Company.id > after)
    rows = session.scalars(statement).all()
    return {"items": rows[:limit], "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.post("", status_code=201, response_model=CompanyOut)
def add_company(body: NewCompany, session: SessionDep) -> Company:
    company = Company(name=body.name)
    session.add(company)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "there is a company of this name") from None
    return company


@router.get("/{company_id}/overview", response_model=CompanyWithEmployees)
def get_company(company_id: Number, session: SessionDep) -> Company:
    company = session.get(Company, company_id, options=[selectinload(Company.employees)])
    if company is None:
        raise HTTPException(404)
    return company


@router.patch("/{company_id}", response_model=CompanyOut)
def change_company(company_id: Number, body: CompanyChange, session: SessionDep) -> Company:
    company = session.get(Company, company_id)
    if company is None:
        raise HTTPException(404)
    if company.version_id != body.version_id:
        raise HTTPException(409, "the company was changed")
    company.name = body.name
    session.commit()
    session.refresh(company)
    return company


@router.delete("/{company_id}", status_code=204)
def remove_company(company_id: Number, session: SessionDep) -> None:
    company = session.get(Company, company_id)
    if company is None:
        raise HTTPException(404)
    session.delete(company)
    session.commit()


app.include_router(router)
