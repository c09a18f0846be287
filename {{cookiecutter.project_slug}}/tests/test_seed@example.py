"""Sample data is written once for each seed, into a migrated database."""

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, func, select
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.migrations.commands import upgrade
from {{ cookiecutter.package_name }}.models import Employee

from tests import seed


@pytest.fixture
def database(empty_database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> URL:
    """An empty database, the one of the settings; .env is out of reach."""
    monkeypatch.chdir(tmp_path)
    for other in ("DATABASE_READ_URL", "DATABASE_MIGRATION_URL", "DATABASE_POOLER"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("DATABASE_URL", empty_database.render_as_string(hide_password=False))
    return empty_database


def stored(url: URL) -> int | None:
    """Return the number of employees."""
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Employee))


def test_a_seed_is_written_once(database: URL) -> None:
    upgrade(database)
    seed.main(["--companies", "3", "--employees", "2", "--seed", "7"])
    with pytest.raises(SystemExit, match="exists, so this seed was used before: choose another --seed"):
        seed.main(["--companies", "300", "--seed", "7"])
    assert stored(database) == 6

    seed.main(["--companies", "3", "--employees", "2", "--seed", "8"])
    assert stored(database) == 12


def test_it_says_what_is_missing(database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="2"):
        seed.main(["--companies", "0"])
    with pytest.raises(SystemExit, match="is not migrated: run"):
        seed.main([])
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(SystemExit, match="DATABASE_URL: not set"):
        seed.main([])
