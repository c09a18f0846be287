"""Sample data: pass the values that matter to a test, and Faker generates the others.

    factory = Factory()
    company = Company(**factory.company(name="Acme"))

Add objects to a session yourself. https://faker.readthedocs.io/
"""

from itertools import count
from typing import Any

from faker import Faker

from {{ cookiecutter.package_name }}.models import Role


class Factory:
    """Generates values for the models: the same seed gives the same ones, another seed other unique ones."""

    def __init__(self, seed: int = 0) -> None:
        self.faker = Faker()
        self.faker.seed_instance(seed)
        self.suffixes = (f"{seed}-{number}" for number in count(1))  # they make strings unique

    def company(self, **given: Any) -> dict[str, Any]:
        """Return the values of a company, with a unique name."""
        return {"name": f"{self.faker.company()} {next(self.suffixes)}", **given}

    def employee(self, **given: Any) -> dict[str, Any]:
        """Return the values of an employee, with a unique email address; pass the company: `company_id=...`."""
        return {
            "name": self.faker.name(),
            "email": f"{self.faker.user_name()}.{next(self.suffixes)}@example.com",
            "role": self.faker.enum(Role),
            "weekly_hours": self.faker.random_int(1, 40),
            **given,
        }
