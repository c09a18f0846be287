"""A plugin of pytest for SQLAlchemy's own tests: they get engines of a project, and their outcomes become a file.

Read from the environment: OUTCOMES, the file; PROJECT_ENGINES, "sync" or "async", or "" for SQLAlchemy's own.
"""
# mypy: disable-error-code="import-not-found"

import importlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.ext import asyncio

# The name of the database in the name of a class, which SQLAlchemy's plugin appends: "_sqlite+pysqlite_3_40_1".
CONFIGURATION = re.compile(r"_(sqlite|postgresql|mysql|mariadb)\+\w+(?=::)")

# The tests expect parameters in logs and errors, which engines of a project hide unless they are told to show them.
SHOWN = {"hide_parameters": False}

# How each test ended, and the message of the error.
outcomes: dict[str, tuple[str, str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a test ended; an error before or after it makes it fail."""
    test = CONFIGURATION.sub("", report.nodeid)
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        outcomes[test] = ("failed", str(crash.message if crash else report.longrepr).partition("\n")[0])
    elif report.when == "call" or report.skipped:
        outcomes.setdefault(test, (report.outcome, ""))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the outcomes, once for all workers."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["OUTCOMES"]).write_text(json.dumps(outcomes), encoding="utf-8")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Load what SQLAlchemy's tests ask of a database; they look for it beside the dialect, which is the project's."""
    for name in ("sqlite", "postgresql", "mysql"):
        importlib.import_module(f"sqlalchemy.dialects.{name}.provision")


def use_engines_of_the_project(engines: str) -> None:
    """Let everything that imports `create_engine` from now on get `make_engine` for the project's URLs."""
    from my_project.db.dialect import BACKENDS
    from my_project.db.session import make_engine

    plain, plain_async = sqlalchemy.create_engine, asyncio.create_async_engine

    # A URL without a driver is a blocking one in these tests.
    drivers = ("my_project",) if engines == "async" else ("", "my_project")

    def of_project(url: Any) -> sqlalchemy.URL | None:
        if not isinstance(url, str | sqlalchemy.URL):  # a mock
            return None
        url = sqlalchemy.make_url(url)
        backend, _, driver = url.drivername.partition("+")
        return url.set(drivername=backend) if backend in BACKENDS and driver in drivers else None

    def create_engine(url: Any, **options: Any) -> Any:
        if (own := of_project(url)) is None:
            return plain(url, **options)
        engine = make_engine(own, **SHOWN | options)
        return getattr(engine, "sync_engine", engine)

    def create_async_engine(url: Any, **options: Any) -> Any:
        own = of_project(url) if engines == "async" else None
        return plain_async(url, **options) if own is None else make_engine(own, **SHOWN | options)

    sqlalchemy.create_engine = create_engine
    asyncio.create_async_engine = create_async_engine


if engines := os.environ["PROJECT_ENGINES"]:
    use_engines_of_the_project(engines)
