"""Binary columns of a fixed or limited size, such as digests.

LargeBinary(32) is a TINYBLOB on MySQL and MariaDB, which compares unequal: they have VARBINARY for it.
"""

import hashlib

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import LargeBinary, select
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, Session, mapped_column


class File(KeyMixin, Base):
    __tablename__ = "file"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32).with_variant(mysql.VARBINARY(32), "mysql", "mariadb"))


def put(session: Session) -> None:
    session.add(File(digest=hashlib.sha256(b"").digest()))


def look(session: Session) -> None:
    assert session.scalars(select(File.digest)).one() == hashlib.sha256(b"").digest()
