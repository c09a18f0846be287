"""Relationships from and to the classes of a hierarchy.

https://docs.sqlalchemy.org/en/21/orm/inheritance.html#relationships-with-joined-inheritance
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload


class Company(KeyMixin, Base):
    __tablename__ = "company"

    name: Mapped[str]
    managers: Mapped[list["Manager"]] = relationship(
        back_populates="company", init=False, default_factory=list, lazy="raise_on_sql"
    )


class Employee(KeyMixin, Base):
    __tablename__ = "employee"

    kind: Mapped[str] = mapped_column(String(20), init=False)
    name: Mapped[str]

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "employee"}


class Manager(Employee):
    __tablename__ = "manager"

    id: Mapped[Key] = mapped_column(ForeignKey("employee.id"), primary_key=True, init=False)
    company_id: Mapped[Key] = mapped_column(ForeignKey("company.id"), index=True, init=False)
    company: Mapped[Company] = relationship(back_populates="managers", init=False, lazy="raise_on_sql")

    __mapper_args__ = {"polymorphic_identity": "manager"}


def put(session: Session) -> None:
    company = Company(name="Acme")
    company.managers.append(Manager(name="Ann"))
    session.add_all([company, Employee(name="Bob")])


def look(session: Session) -> None:
    company = session.scalars(select(Company).options(selectinload(Company.managers))).one()
    assert [manager.name for manager in company.managers] == ["Ann"]
    assert session.scalars(select(Company.name).join(Company.managers).where(Manager.name == "Ann")).all() == ["Acme"]
