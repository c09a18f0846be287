"""Check the cluster: `python -m {{ cookiecutter.package_name }}.db.check`.

It looks for settings with which something that is committed can be lost, and changes nothing. It ends with
exit code 1 if a check fails: run it after each change of the cluster.
"""

import sys
from collections.abc import Iterator
from typing import Literal

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import DBAPIError

from ..migrations.commands import PROGRAM, alembic_config
from ..migrations.target import target
from ..settings import Settings, SettingsError, load_settings
from . import checks, dialect, nodes
from .findings import Finding, listed, table
from .url import with_driver


def migrations(connection: Connection) -> Finding:
    """The schema is the one that this code expects."""
    found = MigrationContext.configure(connection).get_current_heads()
    wanted = ScriptDirectory.from_config(alembic_config()).get_heads()
    advice = f"the database is not at the revision of this code: {PROGRAM} upgrade head"
    return Finding("migrations", listed(found), listed(wanted), set(found) == set(wanted), advice)


def way_of_migrations() -> Finding:
    """Migrations go round the pooler."""
    try:
        target(None)
    except SettingsError as error:
        return Finding("DATABASE_MIGRATION_URL", "not set", "set", False, str(error))
    return Finding("DATABASE_MIGRATION_URL", "set", "set", True, "")


def findings(name: str, url: URL, role: Literal["writer", "reader"], *, pooler: bool) -> Iterator[Finding]:
    """Connect as the application does, but by blocking code, and look at the database of one setting."""
    driven = with_driver(url, dialect.BLOCKING_DRIVER)
    engine = create_engine(driven, **nodes.engine_options(driven, role, pooler=pooler))
    nodes.configure(engine, role)
    try:
        with engine.connect() as connection:
            if role == "writer":
                yield from checks.findings(connection, pooler=pooler)
                yield migrations(connection)
            else:
                yield checks.reading(connection)
    except DBAPIError as error:
        yield Finding(name, "no answer", "an answer", False, f"{url!r}: {checks.explained(error.orig)}")
    finally:
        engine.dispose()


def all_findings(settings: Settings) -> Iterator[Finding]:
    """Look at the databases of all settings."""
    pooler = settings.database_pooler
    if pooler:
        yield way_of_migrations()
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
