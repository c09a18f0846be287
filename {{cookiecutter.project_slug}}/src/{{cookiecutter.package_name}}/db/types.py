"""Time with one meaning on every database: aware, in UTC, to the microsecond."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import TIMESTAMP, Dialect, Interval
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in, the same instant in UTC out; a naive one is refused.

    A bare `TIMESTAMP(timezone=True)` does this on PostgreSQL alone. SQLite and MySQL drop the
    zone and keep the digits, so that an instant comes back hours away from where it was.

    PostgreSQL: TIMESTAMP WITH TIME ZONE. MySQL, MariaDB: DATETIME(6) in UTC, because their
    TIMESTAMP follows the zone of the session and ends in 2038. SQLite: text in UTC.
    """

    # The variant belongs here and not in load_dialect_impl(): Alembic writes it into migrations.
    impl = TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise ValueError(f"{value!r} is no datetime: write datetime.fromisoformat(...), with a zone")  # noqa: TRY004
        if value.utcoffset() is None:
            raise ValueError(
                f"naive datetime {value!r}: say which zone it is in, as in datetime.now(UTC) "
                "or value.replace(tzinfo=ZoneInfo('Europe/Paris'))"
            )
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        # `self` checks it. The type that SQLAlchemy would take for a string compares digits, and finds no row.
        return Duration() if isinstance(value, timedelta) else self


class Duration(TypeDecorator[timedelta]):
    """What is added to a time in SQL, which PostgreSQL alone can do: elsewhere a ValueError says what to write.

    SQLite and MySQL would compare the time with a number, and find all rows or none.
    """

    impl = Interval
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> timedelta | None:
        if dialect.name != "postgresql":
            raise ValueError(
                f"{dialect.name} adds no timedelta to a time; Python can: datetime.now(UTC) - timedelta(days=1)"
            )
        return value


class utcnow(GenericFunction[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The server time, as `UTCDateTime` writes it.

    `func.now()` is the zone of the session on MySQL, and on SQLite a text without fractions that
    is unequal to the same instant written by Python.

    On PostgreSQL this is the start of the transaction, elsewhere the start of the statement.
    SQLite's clock has milliseconds. Migrations call it as `sa.func.utcnow()`, and find it under
    this name: do not rename it.

    https://docs.sqlalchemy.org/en/21/core/functions.html#sqlalchemy.sql.functions.GenericFunction
    """

    name = "utcnow"
    type = UTCDateTime()
    inherit_cache = True


@compiles(utcnow)
def _compile(_element: utcnow, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(utcnow, "mysql")
@compiles(utcnow, "mariadb")
def _compile_mysql(_element: utcnow, _compiler: SQLCompiler, **_options: Any) -> str:
    return "UTC_TIMESTAMP(6)"


@compiles(utcnow, "sqlite")
def _compile_sqlite(_element: utcnow, _compiler: SQLCompiler, **_options: Any) -> str:
    # %f has three decimals, SQLAlchemy writes six: without the zeros equal instants compare unequal
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"
