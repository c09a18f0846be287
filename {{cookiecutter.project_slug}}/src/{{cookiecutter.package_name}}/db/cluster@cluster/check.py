"""Check the cluster: `python -m {{ cookiecutter.package_name }}.db.cluster.check`.

It looks for settings that can lose commits, and changes nothing. The exit code is 1 if a check fails: run it
after each change of the cluster.
"""

import sys
from collections.abc import Iterator
from typing import Literal

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from ...migrations.commands import PROGRAM, alembic_config
from ...migrations.target import BYPASS
from ...settings import Settings, SettingsError
from . import checks
from .engine import blocking_engine
from .findings import Finding, listed, table


def migrations(connection: Connection) -> Finding:
    """Check that the database is at the latest revision of this code."""
    found = MigrationContext.configure(connection).get_current_heads()
    wanted = ScriptDirectory.from_config(alembic_config()).get_heads()
    advice = f"the database is not at the latest revision: run {PROGRAM} upgrade head"
    return Finding("migrations", listed(found), listed(wanted), set(found) == set(wanted), advice)


def migration_url(settings: Settings) -> Finding:
    """Check that migrations bypass the pooler."""
    found = "not set" if settings.database_migration_url is None else "set"
    return Finding("DATABASE_MIGRATION_URL", found, "set", found == "set", BYPASS)


def findings(name: str, url: URL, role: Literal["writer", "reader"], *, pooler: bool) -> Iterator[Finding]:
    """Yield the findings for one database, connected as the application is, but with a blocking driver."""
    try:
        with blocking_engine(url, role, pooler=pooler) as engine, engine.connect() as connection:
            if role == "writer":
                yield from checks.findings(connection)
                yield migrations(connection)
            else:
                yield checks.reading(connection)
    except (DBAPIError, InvalidRequestError) as error:  # the second one if the server is another database
        reason = checks.explained(getattr(error, "orig", error))
        yield Finding(name, "no answer", "an answer", False, f"{url!r}: {reason}")


def all_findings(settings: Settings) -> Iterator[Finding]:
    """Yield the findings for the databases of all settings."""
    pooler = settings.database_pooler
    if pooler:
        yield migration_url(settings)
    yield from findings("DATABASE_URL", settings.database_url, "writer", pooler=pooler)
    if settings.database_read_url is not None:
        yield from findings("DATABASE_READ_URL", settings.database_read_url, "reader", pooler=pooler)


def main() -> int:
    """Print the table and return the exit code."""
    try:
        found = list(all_findings(Settings.load()))
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    print(table(found))
    return int(any(finding.verdict == "FAILS" for finding in found))


if __name__ == "__main__":
    sys.exit(main())
