"""docs/tested-on.md has all that is claimed, and README.md says what the page says."""

import re

from .matrix import PAGE, README, TABLE, line_of
from .test_matrix import COOKIECUTTERS
from .test_versions import PYTHONS

SERVERS = ["SQLite 3", "PostgreSQL 15", "PostgreSQL 17", "PostgreSQL 18", "MariaDB 10.11", "MariaDB 11.8", "MySQL 9.7"]


def test_the_page_has_every_server_python_and_cookiecutter() -> None:
    page = PAGE.read_text("utf-8")
    claimed = [*SERVERS, *(f"Python {own}" for own in PYTHONS), *(f"cookiecutter {own}" for own in COOKIECUTTERS)]

    assert [name for name in claimed if f"\n| {name}." not in page and f"\n| {name} |" not in page] == []


def test_everything_on_the_page_passed() -> None:
    parts = re.findall(r"(\d+) of (\d+)", PAGE.read_text("utf-8"))

    assert parts != []
    assert [part for part in parts if part[0] != part[1]] == []


def test_the_readme_says_what_the_page_says() -> None:
    [said] = re.findall(TABLE.format("(.*?)"), README.read_text("utf-8"), re.DOTALL)

    assert said == line_of(PAGE.read_text("utf-8"))
