"""Migrate the database: `upgrade()` in code, `{{ cookiecutter.project_slug }}-db` in a shell."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import CommandLine, Config
from sqlalchemy import URL

PROGRAM = "{{ cookiecutter.project_slug }}-db"
# package:folder, which an installed wheel has too
SCRIPTS = "{{ cookiecutter.package_name }}:migrations"


def alembic_config(**attributes: Any) -> Config:
    """Return Alembic's configuration, for calls from code.

    `env.py` reads two attributes: `url`, the database to migrate instead of the one in the settings;
    and `connection`, an open Connection to use, whose owner commits and keeps others away.
    """
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes.update(attributes)
    return config


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Migrate the database at `url` up to `revision`.

    It blocks, whatever the application's own style; in a coroutine: `await to_thread(upgrade, url)`.
    Not in two threads at once: Alembic keeps its state in module globals.
    """
    command.upgrade(alembic_config(url=url), revision)


def checkout() -> Path | None:
    """Return the pyproject.toml of this project where one stands in it: it says how revisions are named and formatted.

    Another project's would say where its own revisions are.
    """
    pyproject = Path("pyproject.toml")
    try:
        settings = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["alembic"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pyproject if settings.get("script_location") == SCRIPTS else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the whole `alembic` command, bound to this package: it needs no configuration file."""
    line = CommandLine(prog=PROGRAM)
    options = line.parser.parse_args(arguments)
    if not hasattr(options, "cmd"):
        line.parser.error("which command? For example: upgrade head")
    if options.config or options.name != "alembic":
        line.parser.error(f"-c and -n choose a configuration, and {PROGRAM} has its own")
    config = Config(toml_file=checkout(), cmd_opts=options)
    config.set_main_option("script_location", SCRIPTS)
    line.run_cmd(config, options)
