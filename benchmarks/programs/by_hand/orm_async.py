"""FastAPI with AsyncSession and SQLAlchemy's defaults."""

import os
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from .bodies import Company, CompanyChange, CompanyOut, CompanyWithEmployees, Limit, NewCompany, Number, Page

engine = create_async_engine(os.environ["BY_HAND_URL"])
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
router = APIRouter(prefix="/companies")


async def get_session() -> AsyncGenerator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


@router.get("", response_model=Page)
async def list_companies(session: SessionDep, after: Number | None = None, limit: Limit = 50) -> dict[str, object]:
    statement = select(Company).order_by(Company.id).limit(limit + 1)
    if after is not None:
        statement = statement.where(Company.id > after)
    rows = (await session.scalars(statement)).all()
    return {"items": rows[:limit], "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.post("", status_code=201, response_model=CompanyOut)
async def add_company(body: NewCompany, session: SessionDep) -> Company:
    company = Company(name=body.name)
    session.add(company)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "there is a company of this name") from None
    return company


@router.get("/{company_id}/overview", response_model=CompanyWithEmployees)
async def get_company(company_id: Number, session: SessionDep) -> Company:
    company = await session.get(Company, company_id, options=[selectinload(Company.employees)])
    if company is None:
        raise HTTPException(404)
    return company


@router.patch("/{company_id}", response_model=CompanyOut)
async def change_company(company_id: Number, body: CompanyChange, session: SessionDep) -> Company:
    company = await session.get(Company, company_id)
    if company is None:
        raise HTTPException(404)
    if company.version_id != body.version_id:
        raise HTTPException(409, "the company was changed")
    company.name = body.name
    await session.commit()
    await session.refresh(company)
    return company


@router.delete("/{company_id}", status_code=204)
async def remove_company(company_id: Number, session: SessionDep) -> None:
    company = await session.get(Company, company_id)
    if company is None:
        raise HTTPException(404)
    await session.delete(company)
    await session.commit()


app.include_router(router)
