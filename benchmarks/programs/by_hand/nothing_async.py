"""FastAPI with no database: the same JSON from memory."""

from fastapi import FastAPI, HTTPException

from .bodies import CompanyChange, CompanyOut, CompanyWithEmployees, Limit, NewCompany, Number, Page, sample_company

FIRST = sample_company(1)
PAGE = [CompanyOut(**sample_company(key).model_dump(exclude={"employees"})) for key in range(1, 51)]
app = FastAPI()


@app.get("/companies")
async def list_companies(after: Number | None = None, limit: Limit = 50) -> Page:
    return Page(items=PAGE[:limit], next=str(after or limit))


@app.post("/companies", status_code=201)
async def add_company(body: NewCompany) -> CompanyOut:
    if body.name.startswith("Company "):
        raise HTTPException(409, "there is a company of this name")
    return PAGE[0]


@app.get("/companies/{company_id}/overview")
async def get_company(company_id: Number) -> CompanyWithEmployees:
    if company_id > 10**9:
        raise HTTPException(404)
    return FIRST


@app.patch("/companies/{company_id}")
async def change_company(company_id: Number, body: CompanyChange) -> CompanyOut:
    return PAGE[0]


@app.delete("/companies/{company_id}", status_code=204)
async def remove_company(company_id: Number) -> None:
    return None
