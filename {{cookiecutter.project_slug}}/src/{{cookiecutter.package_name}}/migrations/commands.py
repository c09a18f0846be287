"""Migrate the database: `upgrade()` in code, `{{ cookiecutter.project_slug }}-db` in a shell."""

import logging
import sys
import tomllib
import traceback
from argparse import ArgumentParser, Namespace, RawTextHelpFormatter
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import CommandLine, Config
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from . import locking

PROGRAM = "{{ cookiecutter.project_slug }}-db"
# package:folder, which an installed wheel has too
SCRIPTS = "{{ cookiecutter.package_name }}:migrations"
VERSIONS = Path(__file__).with_name("versions")
COMMANDS = "upgrade downgrade revision check current history heads branches show edit merge stamp"
EXAMPLES = f"""
examples:
  {PROGRAM} upgrade head                           apply all migrations
  {PROGRAM} revision --autogenerate -m "Add city"  write a migration from the models
  {PROGRAM} current --check-heads                  fail unless the database is up to date
  {PROGRAM} downgrade -1                           undo the last migration
"""


def alembic_config(**attributes: Any) -> Config:
    """Return Alembic's configuration, for calls from code.

    `env.py` reads two attributes: `url`, the database to migrate instead of DATABASE_URL; and `connection`, an
    open Connection. The caller commits it, and makes sure that no other process migrates meanwhile.
    """
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes.update(attributes)
    return config


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Migrate the database at `url` up to `revision`.

    It blocks; in a coroutine write `await to_thread(upgrade, url)`. Do not call it in two threads at once, because
    Alembic keeps its state in module globals.
    """
    command.upgrade(alembic_config(url=url), revision)


def checkout() -> Path | None:
    """Return pyproject.toml if the current directory is this project: it says how to name and format revisions.

    The file of another project would lead to that project's revisions.
    """
    pyproject = Path("pyproject.toml")
    try:
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["alembic"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pyproject if settings.get("script_location") == SCRIPTS else None


class Command(CommandLine):
    """The commands of `alembic` that a project needs, without a configuration file.

    https://alembic.sqlalchemy.org/en/latest/api/config.html#alembic.config.CommandLine
    """

    def __init__(self) -> None:
        super().__init__(PROGRAM)
        self.parser = ArgumentParser(PROGRAM, epilog=EXAMPLES, formatter_class=RawTextHelpFormatter)
        self.parser.add_argument("--version", action="version", version=f"{PROGRAM} {project_version()}")
        self.parser.add_argument("-q", "--quiet", action="store_true", help="print errors only")
        self.parser.add_argument("-x", action="append", metavar="url=URL", help="a database other than DATABASE_URL")
        self.parser.add_argument("--traceback", dest="raiseerr", action="store_true", help="show where an error began")
        self.subparsers = self.parser.add_subparsers(metavar="COMMAND", required=True)
        for name in COMMANDS.split():
            self.register_command(getattr(command, name))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exit with five lines that explain a failed migration."""
    line = Command()
    options = line.parser.parse_args(arguments)
    config = Config(toml_file=checkout(), cmd_opts=options)
    config.set_main_option("script_location", SCRIPTS)
    try:
        line.run_cmd(config, options)
    except Exception as error:
        frames = [*traceback.extract_tb(error.__traceback__)]
        if isinstance(error, SyntaxError):  # it has no frame in the file that Python cannot read
            frames.append(traceback.FrameSummary(error.filename or "", error.lineno, "<module>", line=error.text))
        place = next((frame for frame in reversed(frames) if VERSIONS in Path(frame.filename).parents), None)
        # of the database, and of Alembic for a revision that is missing or lacks a function
        if options.raiseerr or not (place or isinstance(error, DBAPIError | KeyError | AttributeError)):
            raise
        sys.exit(explained(error, place, options))


def explained(error: Exception, place: traceback.FrameSummary | None, options: Namespace) -> str:
    """Return where and why a migration failed, and which revision the database is at."""
    logging.disable(logging.INFO)
    found = StringIO()
    where = f"{place.filename}, line {place.lineno}" if place else f"{PROGRAM} {options.cmd[0].__name__}"
    # Only a function of a revision may leave something to undo, unless its SQL is printed.
    ran = place is not None and place.name != "<module>" and not getattr(options, "sql", True)
    advice = f" {locking.AFTER_FAILURE}" if ran else ""
    options = Namespace(**{**vars(options), "cmd": (command.current,), "quiet": False})
    config = Config(stdout=found, cmd_opts=options)
    config.set_main_option("script_location", SCRIPTS)
    revision = "unknown"
    with suppress(Exception):  # a revision that Python cannot read
        command.current(config)
        revision = ", ".join(found.getvalue().splitlines()) or "no revision"
    logging.disable(logging.NOTSET)
    statement = getattr(error, "statement", None)
    what = " ".join(statement.split()) if statement else place.line if place else None
    reason = str(getattr(error, "orig", error)).strip() or repr(error)
    return "\n".join(
        [
            f"FAILED: {where}",
            f"  {type(error).__name__}: {reason.splitlines()[0]}",
            *([f"  {what}"] if what else []),
            f"The database is at: {revision}.{advice}",
            f"For the traceback: {PROGRAM} --traceback COMMAND",
        ]
    )


def project_version() -> str:
    """Return the version of the installed project."""
    try:
        return version("{{ cookiecutter.project_slug }}")
    except PackageNotFoundError:
        return "(not installed)"
