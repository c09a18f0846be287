"""Check the cluster: `python -m {{ cookiecutter.package_name }}.db.check`.

It looks for settings with which something that is committed can be lost, and changes nothing. It ends with
exit code 1 if a check fails: run it after each change of the cluster.
"""

import sys
from collections.abc import Iterator
from typing import Literal

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from ..migrations.commands import PROGRAM, alembic_config
from ..migrations.target import ROUND_THE_POOLER
from ..settings import Settings, SettingsError, load_settings
from . import checks
from .blocking import blocking_engine
from .findings import Finding, listed, table


def migrations(connection: Connection) -> Finding:
    """The schema is the one that this code expects."""
    found = MigrationContext.configure(connection).get_current_heads()
    wanted = ScriptDirectory.from_config(alembic_config()).get_heads()
    advice = f"the database is not at the revision of this code: {PROGRAM} upgrade head"
    return Finding("migrations", listed(found), listed(wanted), set(found) == set(wanted), advice)


def way_of_migrations(settings: Settings) -> Finding:
    """Migrations go round the pooler."""
    found = "not set" if settings.database_migration_url is None else "set"
    return Finding("DATABASE_MIGRATION_URL", found, "set", found == "set", ROUND_THE_POOLER)


def findings(name: str, url: URL, role: Literal["writer", "reader"], *, pooler: bool) -> Iterator[Finding]:
    """Connect as the application does, but by blocking code, and look at the database of one setting."""
    try:
        with blocking_engine(url, role, pooler=pooler) as engine, engine.connect() as connection:
            if role == "writer":
                yield from checks.findings(connection, pooler=pooler)
                yield migrations(connection)
            else:
                yield checks.reading(connection)
    except DBAPIError as error:
        yield Finding(name, "no answer", "an answer", False, f"{url!r}: {checks.explained(error.orig)}")


def all_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the databases of all settings."""
    pooler = settings.database_pooler
    if pooler:
        yield way_of_migrations(settings)
    yield from findings("DATABASE_URL", settings.database_url, "writer", pooler=pooler)
    if settings.database_read_url is not None:
        yield from findings("DATABASE_READ_URL", settings.database_read_url, "reader", pooler=pooler)


def main() -> int:
    """Print the table, and return the exit code."""
    try:
        found = list(all_findings(load_settings()))
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    print(table(found))
    return int(any(finding.verdict == "FAILS" for finding in found))


if __name__ == "__main__":
    sys.exit(main())
