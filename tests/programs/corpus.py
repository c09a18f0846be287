"""Run constructs of `tests/corpus/`, each in a child of this process, which has imported what all of them need.

Each line of the input is a task, and each line of the output says what failed, by stage.
"""
# mypy: disable-error-code="import-not-found"

import asyncio
import dataclasses
import gc
import importlib
import json
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The imports of the children: together they take a second, which each of them would wait for.
import alembic.command
import psycopg
import pydantic_settings
import pymysql
import pytest
import sqlalchemy.ext.asyncio
import sqlalchemy.orm
import tenacity

SHARED = (alembic, psycopg, pydantic_settings, pymysql, pytest, sqlalchemy, tenacity)


@dataclasses.dataclass(frozen=True)
class Task:
    """A construct, a generated project, the URL of an empty database, and statements for its revision."""

    folder: str  # an empty one, for a copy of the project
    module: str
    project: str
    url: str
    by_hand: list[str]
    afterwards: list[str]
    downgrade: list[str]
    is_async: bool
    is_offline: bool  # the server lacks what the construct needs, so that its statements are only printed


class Stopped(Exception):  # noqa: N818 - what follows a failed stage cannot be tried
    """A stage failed on which the next ones depend."""


class Construct:
    """A project that has one more module of models."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.failures: dict[str, str] = {}
        self.name = Path(task.module).stem
        self.project = Path(shutil.copytree(task.project, Path(task.folder, "project")))
        self.versions = self.project / "src" / "my_project" / "migrations" / "versions"
        models = self.project / "src" / "my_project" / "models"
        shutil.copy(task.module, models)
        with (models / "__init__.py").open("a", encoding="utf-8") as init:
            init.write(f"\nfrom .{self.name} import *\n")
        os.chdir(self.project)
        sys.path[:0] = [str(self.project / "src"), str(self.project)]

    @contextmanager
    def stage(self, name: str, *, stops: bool = True) -> Iterator[None]:
        """Note what fails in the block; `stops` says that what follows cannot be tried."""
        try:
            yield
        except Stopped:
            raise
        except BaseException as error:
            traceback.print_exc()
            text = f"{type(error).__name__}: {error}".strip()
            self.failures[name] = f"{text[:1000]}\n{self.place(error)}"
            if stops:
                raise Stopped from error

    def place(self, error: BaseException) -> str:
        """Return the innermost line of the construct, of its revision or of the project that an error went through."""
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if str(self.project) in frame.filename]
        return f"  in {Path(lines[-1].filename).name}, line {lines[-1].lineno}: {lines[-1].line}" if lines else ""

    def module(self) -> Any:
        """Import the models package with the construct, and configure its mappers."""
        importlib.import_module("my_project.models")
        sqlalchemy.orm.configure_mappers()
        return importlib.import_module(f"my_project.models.{self.name}")

    def try_all(self) -> dict[str, str]:
        """Return what failed, by stage."""
        try:
            if self.task.is_async:
                self.asynchronous()
            else:
                self.synchronous()
        except Stopped:
            pass
        return self.failures

    def synchronous(self) -> None:
        """Map, migrate there and back, put rows in and look at them, and run the project's own tests."""
        with self.stage("maps"):
            construct = self.module()
        try:
            self.migrate()
            if not self.task.is_offline:
                self.rows(construct)
        except Stopped:
            pass
        self.own_tests()

    def migrate(self) -> None:
        """Let Alembic write the revision, and go up, down and up again."""
        commands = importlib.import_module("my_project.migrations.commands")
        config = commands.alembic_config(url=self.task.url)
        with self.stage("autogenerate"):
            alembic.command.revision(config, message=self.name, autogenerate=True)
            (revision,) = self.versions.glob("*.py")
            source = revision.read_text(encoding="utf-8")
            print(source)
            first, last = map(executed, (self.task.by_hand, self.task.afterwards))
            source = source.replace("def upgrade() -> None:\n", f"def upgrade() -> None:\n{first}")
            source = source.replace("\n\n\ndef downgrade()", f"\n{last}\n\ndef downgrade()")
            revision.write_text(source + executed(self.task.downgrade), encoding="utf-8")
        with self.stage("upgrade"):
            if self.task.is_offline:
                alembic.command.upgrade(config, "head", sql=True)
                return
            alembic.command.upgrade(config, "head")
        with self.stage("check", stops=False):
            alembic.command.check(config)
        with self.stage("downgrade"):
            alembic.command.downgrade(config, "base")
        with self.stage("upgrade again"):
            alembic.command.upgrade(config, "head")

    def rows(self, construct: Any) -> None:
        """Put rows in, and look at them in another transaction."""
        session = importlib.import_module("my_project.db.session")
        engine = session.make_engine(self.task.url)
        sessions = session.make_sessions(engine)
        with self.stage("rows"):
            for step in (construct.put, construct.look):
                with session.transaction(sessions) as unit:
                    step(unit)
        engine.dispose()

    def asynchronous(self) -> None:
        """Let the construct use an AsyncSession, on the tables of its models."""
        with self.stage("maps"):
            construct = self.module()
        session = importlib.import_module("my_project.db.session")
        models = importlib.import_module("my_project.models")

        async def use() -> None:
            engine = session.make_engine(self.task.url)
            async with engine.begin() as connection:
                for statement in self.task.by_hand:
                    await connection.exec_driver_sql(statement)
                await connection.run_sync(models.Base.metadata.create_all)
            sessions = session.make_sessions(engine)
            try:
                async with session.transaction(sessions) as unit:
                    await construct.use_async(unit)
            finally:
                await engine.dispose()

        with self.stage("rows"):
            asyncio.run(use())

    def own_tests(self) -> None:
        """Run the project's tests of models and migrations."""
        url = sqlalchemy.make_url(self.task.url)
        server = url.set(database=f"{(url.database or '').removesuffix('.db').removesuffix('_test')}_own_test")
        os.environ["TEST_DATABASE_URL"] = server.render_as_string(hide_password=False)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        # the last two collect garbage ten times, a third of the time of these tests
        without = ("cacheprovider", "unraisableexception", "threadexception")
        options = ["--no-header", "--tb=short", "-pxdist", *(f"-pno:{plugin}" for plugin in without)]
        if self.task.is_offline or not list(self.versions.glob("*.py")):
            options += ["--deselect", "tests/test_migrations.py"]
        report = Report()
        pytest.main([*options, "tests/test_conventions.py", "tests/test_migrations.py"], plugins=[report])
        self.failures.update(report.failures)


def executed(statements: list[str]) -> str:
    """Return lines of a revision that execute these statements."""
    return "".join(f"    op.execute({statement!r})\n" for statement in statements)


class Report:
    """A plugin that keeps what failed."""

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the message of a failed test, by the rule's name or the test's."""
        if report.failed:
            name = report.nodeid.split("::")[-1].removeprefix("test_the_models_follow_the_rule")
            crash = getattr(report.longrepr, "reprcrash", None)
            text = crash.message if crash is not None else str(report.longrepr)[-1000:]
            self.failures[name.strip("[]")] = text.removeprefix("AssertionError:").strip()[:1500]


def run(task: Task, log: Path) -> dict[str, str]:
    """Return what failed in a child of this process, which prints into `log`."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with log.open("wb") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            failures = Construct(task).try_all()
        except Exception as error:  # noqa: BLE001 - it is reported
            traceback.print_exc()
            failures = {"harness": repr(error)}
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(writing, json.dumps(failures).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, str] = json.loads(answer or '{"process": "it died"}')
    return found


gc.freeze()  # the children need not look through what they share
for line in sys.stdin:
    task = Task(**json.loads(line))
    log = Path(task.folder) / "log"
    failures = run(task, log)
    print(json.dumps({"failures": failures, "log": log.read_text("utf-8", "replace")}), flush=True)
