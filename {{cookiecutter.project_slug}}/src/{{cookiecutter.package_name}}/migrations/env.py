"""Alembic runs this file for every command: it finds the database, connects and migrates.

Migrations are blocking code in every project, because nothing else runs in their process.
"""

import logging
from contextlib import nullcontext
from typing import Any

from alembic import command, context
from alembic.util import CommandError
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver
from {{ cookiecutter.package_name }}.migrations import locking
from {{ cookiecutter.package_name }}.migrations.autogenerate import OPTIONS
from {{ cookiecutter.package_name }}.migrations.target import target
from {{ cookiecutter.package_name }}.settings import SettingsError

config = context.config
# These only read, and so neither take a lock nor wait for one.
reads = getattr(config.cmd_opts, "cmd", [None])[0] in (command.check, command.current, command.revision)

if config.cmd_opts is not None:  # on the command line; an application keeps its own logging
    logging.basicConfig(format="%(levelname)-5.5s [%(name)s] %(message)s")
    is_quiet = getattr(config.cmd_opts, "quiet", False)
    logging.getLogger("alembic").setLevel(logging.ERROR if is_quiet else logging.INFO)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)  # a line for each plugin
    # Alembic also prints these, unless it is quiet.
    logging.getLogger("alembic.util.messaging").setLevel(logging.ERROR if is_quiet else logging.CRITICAL)


def database_url() -> URL:
    """Return `-x url=…`, or the attribute `url` of the configuration, or the URL of the settings."""
    # Alembic's option "sqlalchemy.url" would interpret the % of an escaped password.
    options = context.get_x_argument(as_dictionary=True)
    if unknown := options.keys() - {"url"}:
        raise CommandError(f"-x {', '.join(sorted(unknown))}: write -x url=URL")
    given = options.get("url") or config.attributes.get("url")
    try:
        return with_driver(target(given), dialect.BLOCKING_DRIVER)
    except (SettingsError, ValueError) as error:
        raise CommandError(str(error)) from None


ENDED = (
    "a revision committed or rolled back op.get_bind(): leave that to Alembic, "
    'and give a Session join_transaction_mode="create_savepoint"'
)


def migrate(connection: Connection) -> None:
    """Run the command on this connection, and raise CommandError if a revision ended Alembic's transaction."""
    last = before = connection.get_transaction()  # of a caller

    def check(*_: Any, ends: bool = locking.TRANSACTIONS["transaction_per_migration"], **_step: Any) -> None:
        nonlocal last
        # Alembic ends only the transaction that it began itself, not the one in which it recorded the revision.
        if ends and connection.get_transaction() is last is not before:
            raise CommandError(ENDED)
        last = connection.get_transaction()

    context.configure(connection=connection, on_version_apply=check, **locking.TRANSACTIONS, **OPTIONS)
    with context.begin_transaction(), nullcontext() if reads else locking.checked(connection):
        context.run_migrations()
    check(ends=True)


def run_online() -> None:
    """Connect, and run the command; a lock lets one process migrate at a time."""
    connection: Connection | None = config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    # Not the engine of the application: its timeouts are for short units of work.
    url = database_url()
    # SQLAlchemy itself prefers these to the URL.
    arguments = {name: value for name, value in locking.CONNECT.items() if name not in url.query}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
    if not reads:
        locking.configure(engine)
    try:
        own = engine.connect()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CommandError(f"DATABASE_URL: no connection to {engine.url!r}: {reason}") from error
    except InvalidRequestError as error:  # the server is another database
        raise CommandError(f"DATABASE_URL: {error} The URL should look like {dialect.EXAMPLE}") from error
    with own, nullcontext() if reads else locking.locked(own):
        migrate(own)


def run_offline() -> None:
    """Print the statements instead of running them (`--sql`)."""
    context.configure(
        url=database_url(),
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},  # drivers with %s parameters would double every %
        **locking.TRANSACTIONS,
        **OPTIONS,
    )
    for statement in locking.SETTINGS:
        context.execute(statement)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
