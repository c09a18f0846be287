"""An abstract base for each subsystem, with columns and conventions of its own.

https://docs.sqlalchemy.org/en/21/orm/declarative_config.html#abstract
"""

from my_project.db.base import Base
from my_project.db.keys import Key, KeyMixin
from my_project.db.mixins import AuditMixin, VersionMixin
from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column


class Billing(KeyMixin, AuditMixin, Base):
    __abstract__ = True

    tenant: Mapped[str] = mapped_column(String(20), index=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        return f"billing_{cls.__name__.lower()}"


class Versioned(Billing, VersionMixin):
    __abstract__ = True


class Invoice(Versioned):
    total: Mapped[int]


class Line(Billing):
    invoice_id: Mapped[Key] = mapped_column(ForeignKey("billing_invoice.id"), index=True)
    text: Mapped[str]


def put(session: Session) -> None:
    invoice = Invoice(tenant="t", total=1)
    session.add(invoice)
    session.flush()
    session.add(Line(tenant="t", invoice_id=invoice.id, text="x"))


def look(session: Session) -> None:
    invoice = session.scalars(select(Invoice).where(Invoice.tenant == "t")).one()
    invoice.total = 2
    session.flush()
    assert invoice.version_id == 2
    assert session.scalars(select(Line.created_at)).one().tzinfo is not None
