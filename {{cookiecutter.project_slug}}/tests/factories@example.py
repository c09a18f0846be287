"""Sample data: pass the values that matter to a test, and factories generate the others.

Factories only build objects; add them to a session yourself.
"""

from collections.abc import Iterator
from itertools import count
from typing import ClassVar, TypeVar

from polyfactory.factories.sqlalchemy_factory import SQLAlchemyFactory

from {{ cookiecutter.package_name }}.models import Company, Employee

T = TypeVar("T")


class Factory(SQLAlchemyFactory[T]):
    """The base class of this project's factories."""

    __is_base_factory__ = True

    # Suffixes that make strings unique.
    marks: ClassVar[Iterator[str]]

    @classmethod
    def seed_random(cls, seed: int) -> None:
        """Restart generating: the same seed gives the same values, another seed other unique values."""
        super().seed_random(seed)
        cls.marks = (f"{seed}-{number}" for number in count(1))


class CompanyFactory(Factory[Company]):
    """Companies with unique names."""

    @classmethod
    def name(cls) -> str:
        return f"{cls.__faker__.company()} {next(cls.marks)}"


class EmployeeFactory(Factory[Employee]):
    """Employees with unique email addresses; pass their company: `build(company_id=...)`."""

    __set_foreign_keys__ = False

    @classmethod
    def name(cls) -> str:
        return cls.__faker__.name()

    @classmethod
    def email(cls) -> str:
        return f"{cls.__faker__.user_name()}.{next(cls.marks)}@example.com"

    @classmethod
    def weekly_hours(cls) -> int:
        return cls.__random__.randint(1, 40)


Factory.seed_random(0)
