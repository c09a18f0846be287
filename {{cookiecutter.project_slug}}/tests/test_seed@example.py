"""Made-up data: the same for the same seed, in bounded units of work, and not where it does not belong."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, inspect, select
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.migrations.commands import upgrade
from {{ cookiecutter.package_name }}.models import Company, Employee

from tests.seed.__main__ import main
from tests.seed.plan import MIGRATE, MOST_ROWS, Plan


@pytest.fixture
def database(empty_database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> URL:
    """An empty database, the one of the settings: those of .env are out of reach."""
    monkeypatch.chdir(tmp_path)
    for other in ("DATABASE_READ_URL", "DATABASE_MIGRATION_URL", "DATABASE_POOLER"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("DATABASE_URL", empty_database.render_as_string(hide_password=False))
    return empty_database


def written(url: URL) -> set[tuple[Any, ...]]:
    """Return the employees in the database with the names of their companies, but for what it has set itself."""
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    columns = (Employee.name, Employee.email, Employee.role, Employee.weekly_hours)
    with engine.connect() as connection:
        return {tuple(row) for row in connection.execute(select(Company.name, *columns).join(Employee.company))}


def test_a_seed_writes_what_it_makes_up_anywhere(database: URL, capsys: pytest.CaptureFixture[str]) -> None:
    upgrade(database)

    main(["--companies", "3", "--employees", "2", "--seed", "7"])

    assert written(database) == {
        (company["name"], row["name"], row["email"], row["role"], row["weekly_hours"])
        for unit in Plan(companies=3, employees=2, seed=7).units()
        for company, staff in unit
        for row in staff
    }
    assert "3 companies with 6 employees in " in capsys.readouterr().out


def test_another_seed_adds_others(database: URL) -> None:
    upgrade(database)

    main(["--companies", "3", "--employees", "2", "--seed", "7"])
    main(["--companies", "3", "--employees", "2", "--seed", "8"])

    assert len(written(database)) == 12


def test_the_same_seed_again_is_refused(database: URL) -> None:
    upgrade(database)
    main(["--companies", "3", "--seed", "7"])
    before = written(database)

    with pytest.raises(SystemExit, match="--seed 7 makes up is in the database already"):
        main(["--companies", "300", "--seed", "7"])

    assert written(database) == before


def test_no_unit_of_work_has_more_rows_than_allowed() -> None:
    units = list(Plan(companies=5, employees=MOST_ROWS // 2 - 1, seed=1).units())

    assert [len(unit) for unit in units] == [2, 2, 1]


def test_a_database_that_is_not_migrated_is_left_as_it_is(database: URL) -> None:
    with pytest.raises(SystemExit, match=MIGRATE):
        main([])

    engine = create_engine(with_driver(database, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    assert inspect(engine).get_table_names() == []


def test_without_settings_it_says_which(database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(SystemExit, match="DATABASE_URL: not set"):
        main([])


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "many", "10_000", "1" * 5000])
def test_a_number_that_makes_no_sense_is_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--companies", number])

    assert "is no whole number from 1 to 10000000" in capsys.readouterr().err
