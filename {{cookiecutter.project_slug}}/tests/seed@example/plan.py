"""What the seed command is asked for, what it makes up for that, and where it goes."""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from alembic import command
from alembic.util import CommandError, DatabaseNotAtHead
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.migrations.commands import PROGRAM, alembic_config
from {{ cookiecutter.package_name }}.migrations.target import target
from {{ cookiecutter.package_name }}.settings import SettingsError

from tests.factories import CompanyFactory, EmployeeFactory, Factory

# Of a unit of work: so many that its commit hardly counts, so few that nobody waits long for what it locks.
MOST_ROWS = 1000

MIGRATE = f"the database is not migrated, so nothing was written; run `uv run {PROGRAM} upgrade head`"

# The values of a row, without those that the database sets.
Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How many rows, and which."""

    companies: int
    employees: int  # of each company
    seed: int

    @property
    def rows(self) -> int:
        """How many rows that are."""
        return self.companies * (1 + self.employees)

    def units(self) -> Iterator[list[tuple[Row, list[Row]]]]:
        """Make up the companies, each with its employees, as many at a time as are written together."""
        Factory.seed_random(self.seed)
        size = MOST_ROWS // (1 + self.employees)
        for made in range(0, self.companies, size):
            yield [self._company() for _ in range(min(size, self.companies - made))]

    def _company(self) -> tuple[Row, list[Row]]:
        company = CompanyFactory.process_kwargs()
        return company, [EmployeeFactory.process_kwargs() for _ in range(self.employees)]

    def done_in(self, seconds: float) -> str:
        """Say how much was done, and how fast."""
        return (
            f"{self.companies:,} companies with {self.companies * self.employees:,} employees in {seconds:.1f} s: "
            f"{self.rows / seconds:,.0f} rows a second"
        )

    def refused(self) -> str:
        """Say what to do where the names are taken."""
        return f"what --seed {self.seed} makes up is in the database already, all or some of it: choose another seed"


def asked(arguments: Sequence[str] | None) -> Plan:
    """Return the plan of a command line; SystemExit if it makes no sense."""
    parser = argparse.ArgumentParser("python -m tests.seed", description="Fill the database with made-up companies.")
    options: dict[str, tuple[int, int, int, str]] = {
        "--companies": (1, 10_000_000, 100, "how many companies"),
        "--employees": (1, MOST_ROWS - 1, 10, "how many employees each of them has"),
        "--seed": (0, 2**32 - 1, 1, "which companies: the same number gives the same ones everywhere"),
    }
    for option, (least, most, default, text) in options.items():
        said = f"{text}, from {least} to {most} (default: {default})"
        parser.add_argument(option, type=whole_number(least, most), default=default, metavar="N", help=said)
    return Plan(**vars(parser.parse_args(arguments)))


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return the type of an argument that lies between two numbers."""

    def number(text: str) -> int:
        if not re.fullmatch("[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return number


def migrated_database() -> URL:
    """Return the URL of the settings, if its database has the tables; SystemExit says what is missing."""
    config = alembic_config()
    config.stdout = StringIO()  # where it would print the revision
    try:
        command.current(config, check_heads=True)
        return target(None)
    except DatabaseNotAtHead:
        raise SystemExit(MIGRATE) from None
    except (CommandError, SettingsError) as error:
        raise SystemExit(str(error)) from None
