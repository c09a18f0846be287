"""The seed command, in processes of its own: the same rows everywhere, and whole companies whatever happens."""

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from . import inside
from .conftest import Bake, NewDatabase
from .labs import Lab, new_lab
from .projects import environment_with, printed

# Prints one line for each employee, in the order of their addresses.
LOOK = """
from sqlalchemy import create_engine, select
from my_project.db.dialect import BLOCKING_DRIVER
from my_project.db.engine import with_driver
from my_project.migrations.target import target
from my_project.models import Company, Employee
columns = (Employee.email, Employee.name, Employee.role, Employee.weekly_hours, Company.name)
with create_engine(with_driver(target(None), BLOCKING_DRIVER)).connect() as connection:
    print(*sorted(map(str, connection.execute(select(*columns).join(Employee.company)))), sep="\\n")
"""


def seed(lab: Lab, *arguments: str, returns: int = 0) -> str:
    """Run the command, and return what it says."""
    return printed(inside.python(lab.project, "-m", "tests.seed", *arguments, DATABASE_URL=lab.url), returns=returns)


def employees(lab: Lab) -> list[str]:
    """Return what is in the database."""
    return printed(inside.python(lab.project, "-c", LOOK, DATABASE_URL=lab.url)).splitlines()


STYLES = [
    {"io": "sync", "database": "sqlite", "primary_key": "integer"},
    {"io": "async", "database": "sqlite", "primary_key": "uuid"},
    {"io": "sync", "database": "postgresql", "primary_key": "uuid"},
    {"io": "async", "database": "postgresql", "primary_key": "integer", "topology": "cluster"},
    {"io": "sync", "database": "mysql", "primary_key": "uuid", "topology": "cluster"},
    {"io": "async", "database": "mysql", "primary_key": "integer"},
]


def test_a_seed_gives_the_same_rows_in_every_process_style_and_database(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    found = []
    for number, answers in enumerate(STYLES):
        lab = new_lab(bake, new_database, tmp_path / str(number), **answers)
        lab.migrate("upgrade head")

        output = seed(lab, "--companies", "50", "--employees", "29", "--seed", "42")

        assert "50 companies with 29 employees each are stored in " in output
        found.append(employees(lab))

    assert len(found[0]) == 1450
    assert all(rows == found[0] for rows in found)


def test_it_can_be_killed_and_every_company_that_is_there_is_whole(
    bake: Bake, new_database: NewDatabase, tmp_path: Path
) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    lab.migrate("upgrade head")
    own = environment_with(PYTHONPATH="src", PYTHONDONTWRITEBYTECODE="1", DATABASE_URL=lab.url)
    command = [sys.executable, "-m", "tests.seed", "--companies", "1000000", "--employees", "4"]
    with subprocess.Popen(command, cwd=lab.project, env=own, stdout=subprocess.DEVNULL) as running:
        deadline = time.monotonic() + 60
        while not any(employees(lab)) and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        running.kill()

    companies = Counter(row.rpartition(", ")[2] for row in employees(lab))

    assert len(companies) >= 200
    assert set(companies.values()) == {4}


def test_a_seed_that_was_used_before_writes_nothing(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    lab.migrate("upgrade head")
    seed(lab, "--companies", "3", "--employees", "2", "--seed", "7")

    refused = seed(lab, "--companies", "300", "--seed", "7", returns=1)
    before = len(employees(lab))
    seed(lab, "--companies", "3", "--employees", "2", "--seed", "8")

    assert "exists, so this seed was used before: choose another --seed" in refused
    assert (before, len(employees(lab))) == (6, 12)


def test_it_says_what_is_missing(bake: Bake, new_database: NewDatabase, tmp_path: Path) -> None:
    lab = new_lab(bake, new_database, tmp_path, "sqlite")
    without_url = inside.python(lab.project, "-m", "tests.seed")

    assert "argument --companies: invalid positive value: '0'" in seed(lab, "--companies", "0", returns=2)
    assert "is not migrated: run `uv run my-project-db upgrade head`" in seed(lab, returns=1)
    assert "DATABASE_URL: not set" in printed(without_url, returns=1)


def test_a_project_without_the_example_says_nothing_of_seeds(bake: Bake) -> None:
    project = bake(example="no-example")
    traces = re.compile(r"\bfaker\b|\brich\b|\bseed\b|tests\.factories|\bfactories\.py")

    files = [path for path in project.rglob("*") if path.is_file()]

    assert [path.name for path in files if traces.search(f"{path.name} {path.read_text('utf-8')}")] == []
