"""Companies and employees, made up: say what matters, and the rest comes of itself.

Factories only build; whoever has the session adds what they have built.
"""

from collections.abc import Iterator
from itertools import count
from typing import ClassVar, TypeVar

from polyfactory.factories.sqlalchemy_factory import SQLAlchemyFactory

from {{ cookiecutter.package_name }}.models import Company, Employee

T = TypeVar("T")


class Factory(SQLAlchemyFactory[T]):
    """What all factories of this project have in common."""

    __is_base_factory__ = True

    # Makes a text one that no other row has.
    marks: ClassVar[Iterator[str]]

    @classmethod
    def seed_random(cls, seed: int) -> None:
        """Make up the same from here on as all who begin with this seed, and nothing that another seed gives."""
        super().seed_random(seed)
        cls.marks = (f"{seed}-{number}" for number in count(1))


class CompanyFactory(Factory[Company]):
    """A company whose name no other has."""

    @classmethod
    def name(cls) -> str:
        return f"{cls.__faker__.company()} {next(cls.marks)}"


class EmployeeFactory(Factory[Employee]):
    """Someone whose address no other has; for whom they work is for you to say: `build(company_id=...)`."""

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
