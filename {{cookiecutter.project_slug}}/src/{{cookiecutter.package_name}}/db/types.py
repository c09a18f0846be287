"""Timestamps that mean the same on every database: with a time zone, in UTC, to the microsecond."""

from datetime import UTC, datetime, timedelta
from operator import add, sub
from typing import TYPE_CHECKING, Any

from sqlalchemy import TIMESTAMP, ColumnElement, DateTime, Dialect, Interval, type_coerce
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import CompileError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, GenericFunction
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class Comparator(TypeDecorator.Comparator[Any], TIMESTAMP.Comparator[Any]):
    """Makes a `Difference` of two times, and gives a time that it moves the type `UTCDateTime`.

    https://docs.sqlalchemy.org/en/21/core/custom_types.html#redefining-and-creating-new-operators
    """

    def operate(self, op: OperatorType, *other: Any, **options: Any) -> ColumnElement[Any]:
        return typed(op, super().operate(op, *other, **options), *other)

    def reverse_operate(self, op: OperatorType, other: Any, **options: Any) -> ColumnElement[Any]:
        return typed(op, super().reverse_operate(op, other, **options), other)


def typed(op: OperatorType, result: ColumnElement[Any], *other: Any) -> ColumnElement[Any]:
    """Return the result of an operation of a time and something else."""
    if op not in {add, sub}:
        return result
    is_time = isinstance(getattr(other[0], "type", other[0]), UTCDateTime | DateTime | datetime)
    return Difference(result) if is_time else type_coerce(result, UTCDateTime())


class UTCDateTime(TypeDecorator[datetime]):
    """A column type that stores an aware datetime, and returns the same instant in UTC.

    A naive datetime raises ValueError. `TIMESTAMP(timezone=True)` alone does this on PostgreSQL only: SQLite
    and MySQL drop the zone and keep the digits, so that a time in Tokyo comes back 9 hours off.

    PostgreSQL: TIMESTAMP WITH TIME ZONE. MySQL, MariaDB: DATETIME(6) in UTC, because their
    TIMESTAMP follows the zone of the session and ends in 2038, or 2106 since MariaDB 11.5.
    SQLite: a string in UTC.
    """

    # The variant belongs here and not in load_dialect_impl(): Alembic writes it into migrations.
    impl = TIMESTAMP(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True
    if not TYPE_CHECKING:  # TypeDecorator has a property of this name
        comparator_factory = Comparator

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise ValueError(f"{value!r} is not a datetime: write datetime.fromisoformat(...), with a time zone")  # noqa: TRY004
        if value.utcoffset() is None:
            raise ValueError(
                f"naive datetime {value!r}: give it a time zone, as in datetime.now(UTC) "
                "or value.replace(tzinfo=ZoneInfo('Europe/Paris'))"
            )
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # combine() takes a fifth of the time of replace() before Python 3.13
        return value.astimezone(UTC) if value.tzinfo else datetime.combine(value, value.time(), UTC)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        # `self` checks the value. SQLAlchemy would compare a string by its digits, and find no row.
        return Duration() if isinstance(value, timedelta) else self


class Duration(TypeDecorator[timedelta]):
    """A timedelta that SQL adds to a time, or compares with a difference: elsewhere than on PostgreSQL a ValueError.

    SQLite and MySQL would compare the time with a number, and find all rows or none.
    """

    impl = Interval
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> timedelta | None:
        if dialect.name != "postgresql":
            raise ValueError(REFUSED.format(dialect.name))
        return value


REFUSED = "{} cannot add a timedelta to a time, or subtract times; Python can: datetime.now(UTC) - timedelta(days=1)"


class Difference(FunctionElement[timedelta]):
    """The difference of two times, for which SQLite and MySQL would subtract their digits."""

    type = Duration()
    inherit_cache = True


@compiles(Difference)
def _compile_difference(element: Difference, compiler: SQLCompiler, **options: Any) -> str:
    if compiler.dialect.name in {"sqlite", "mysql", "mariadb"}:
        raise CompileError(REFUSED.format(compiler.dialect.name))
    return compiler.process(element.clause_expr, **options)


class utcnow(GenericFunction[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The server time, as `UTCDateTime` stores it.

    `func.now()` is in the zone of the session on MySQL, and on SQLite it has no fractions of a second,
    so it never equals the same instant written by Python.

    On PostgreSQL this is the start of the transaction, elsewhere the start of the statement.
    SQLite has milliseconds. Do not rename it: migrations call `sa.func.utcnow()`.

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
