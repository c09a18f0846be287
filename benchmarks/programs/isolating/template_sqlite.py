"""A file for each test, copied from one that is migrated."""
# mypy: disable-error-code="import-not-found"

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from my_project.db.session import SessionFactory, make_engine, make_sessions
from my_project.migrations.commands import upgrade
from sqlalchemy import URL, Engine


@pytest.fixture(scope="session")
def template(database_url: URL) -> Path:
    upgrade(database_url)
    return Path(database_url.database or "")


@pytest.fixture
def engine(template: Path) -> Iterator[Engine]:
    copy = shutil.copyfile(template, template.with_name(f"copy-of-{template.name}"))
    engine = make_engine(URL.create("sqlite", database=str(copy)))
    yield engine
    engine.dispose()
    copy.unlink()


@pytest.fixture
def sessions(engine: Engine) -> SessionFactory:
    return make_sessions(engine)
