"""A trigger that fills columns at INSERT and UPDATE, on PostgreSQL: RETURNING brings what it made."""

from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy import FetchedValue, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

DATABASES = ("postgresql",)


class Article(KeyMixin, Base):
    __tablename__ = "article"

    title: Mapped[str] = mapped_column(String(50))
    slug: Mapped[str | None] = mapped_column(
        String(50), server_default=FetchedValue(), server_onupdate=FetchedValue(), init=False
    )


def put(session: Session) -> None:
    connection = session.connection()
    connection.exec_driver_sql(
        "CREATE FUNCTION slug() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.slug := lower(NEW.title); RETURN NEW; END $$"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER slug BEFORE INSERT OR UPDATE ON article FOR EACH ROW EXECUTE FUNCTION slug()"
    )
    article = Article(title="One")
    session.add(article)
    session.flush()
    assert article.slug == "one"


def look(session: Session) -> None:
    article = session.scalars(select(Article)).one()
    article.title = "TWO"
    session.flush()
    assert article.slug == "two"
