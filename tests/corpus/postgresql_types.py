"""Types that only PostgreSQL has."""

import ipaddress
import uuid

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import BIT, CIDR, INET, MACADDR, OID, REGCLASS, UUID
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Device(KeyMixin, Base):
    __tablename__ = "device"

    token: Mapped[uuid.UUID] = mapped_column(UUID, server_default=func.gen_random_uuid(), init=False)
    other: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), init=False)
    address: Mapped[ipaddress.IPv4Address] = mapped_column(INET)
    network: Mapped[ipaddress.IPv4Network] = mapped_column(CIDR)
    mac: Mapped[str] = mapped_column(MACADDR)
    bits: Mapped[str | None] = mapped_column(BIT(3), default=None)
    oid: Mapped[int | None] = mapped_column(OID, default=None)
    relation: Mapped[str | None] = mapped_column(REGCLASS, default=None)


OBJECTIONS = {"test_no_revision_loses_rows": "device.address, device.network, device.mac: add it to SPECIAL"}


def put(session: Session) -> None:
    device = Device(
        address=ipaddress.IPv4Address("10.0.0.1"), network=ipaddress.IPv4Network("10.0.0.0/8"), mac="08:00:2b:01:02:03"
    )
    session.add(device)
    session.flush()
    assert device.token != device.other


def look(session: Session) -> None:
    device = session.scalars(select(Device).where(Device.address.bool_op("<<")(Device.network))).one()
    assert str(device.address) == "10.0.0.1"
    assert device.mac == "08:00:2b:01:02:03"
