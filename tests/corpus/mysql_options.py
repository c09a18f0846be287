"""Constructs of MySQL and MariaDB alone: engines, unsigned numbers, prefixes of indexes, full text, ON UPDATE.

https://docs.sqlalchemy.org/en/21/dialects/mysql.html
"""

from datetime import datetime

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import FetchedValue, Index, Text, func, select, text
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("mysql",)


class Article(KeyMixin, Base):
    __tablename__ = "article"

    body: Mapped[str] = mapped_column(mysql.MEDIUMTEXT)
    path: Mapped[str] = mapped_column(Text)
    views: Mapped[int] = mapped_column(mysql.INTEGER(unsigned=True), default=0, server_default=text("0"))
    flag: Mapped[bool] = mapped_column(mysql.TINYINT(1), default=False, server_default=text("0"))
    changed: Mapped[datetime | None] = mapped_column(
        mysql.TIMESTAMP(fsp=3),
        server_default=text("CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)"),
        server_onupdate=FetchedValue(),
        init=False,
    )

    __table_args__ = (
        Index("ix_article_body", "body", mysql_prefix="FULLTEXT", mariadb_prefix="FULLTEXT"),
        Index("ix_article_path", "path", mysql_length=100, mariadb_length=100),
        {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_row_format": "DYNAMIC",
         "mariadb_engine": "InnoDB", "mariadb_charset": "utf8mb4", "mariadb_row_format": "DYNAMIC"},
    )  # fmt: skip


OBJECTIONS = {"datetimes_are_aware": "article.changed loses the time zone: write Mapped[datetime] alone"}


def put(session: Session) -> None:
    session.add(Article(body="the database", path="/a"))


def look(session: Session) -> None:
    article = session.scalars(select(Article)).one()
    article.views = 2**32 - 1
    session.flush()
    assert article.changed is not None
    assert session.scalars(select(func.length(Article.path))).one() == 2
