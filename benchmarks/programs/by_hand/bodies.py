"""The JSON of requests and responses, and the models behind them, with SQLAlchemy's defaults."""

import enum
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, DateTime, Enum, ForeignKey, Integer, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Key = BigInteger().with_variant(Integer, "sqlite")
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]


class Role(enum.Enum):
    ENGINEER = "engineer"
    MANAGER = "manager"


class NewCompany(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]


class CompanyChange(NewCompany):
    version_id: int


class EmployeeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    updated_at: datetime
    company_id: int
    name: str
    email: str
    role: Role
    weekly_hours: int


class CompanyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    updated_at: datetime
    version_id: int
    name: str


class CompanyWithEmployees(CompanyOut):
    employees: list[EmployeeOut]


class Page(BaseModel):
    items: list[CompanyOut]
    next: str | None


class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    version_id: Mapped[int] = mapped_column(default=1)
    employees: Mapped[list["Employee"]] = relationship(
        back_populates="company", cascade="all, delete-orphan", order_by="Employee.id"
    )

    __mapper_args__ = {"version_id_col": version_id}  # noqa: RUF012 - as SQLAlchemy documents it


class Employee(Base):
    __tablename__ = "employees"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=64, values_callable=lambda roles: [role.value for role in roles])
    )
    weekly_hours: Mapped[int] = mapped_column(default=40)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    company: Mapped[Company] = relationship(back_populates="employees")


def sample_company(key: int) -> CompanyWithEmployees:
    """Return what an application without a database responds with."""
    now = datetime.now(UTC)
    employees = [
        EmployeeOut(
            id=n,
            created_at=now,
            updated_at=now,
            company_id=key,
            name=f"Employee {n}",
            email=f"e{key}.{n}@example.com",
            role=Role.ENGINEER,
            weekly_hours=40,
        )
        for n in range(5)
    ]
    return CompanyWithEmployees(
        id=key, name=f"Company {key}", created_at=now, updated_at=now, version_id=1, employees=employees
    )
