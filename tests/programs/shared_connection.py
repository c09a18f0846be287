"""Migrate on a connection that somebody else owns, who rolls back, and then commits: `shared_connection.py URL ENGINE`.

ENGINE is "migrations" for one that is set up to migrate, or "application" for that of the application. Prints the
tables that the owner sees within the transaction, after the rollback, and after the commit, as JSON.
"""
# mypy: disable-error-code="import-not-found"

import json
import sys

from alembic import command
from my_project.db import dialect
from my_project.db.engine import with_driver
from my_project.db.session import make_engine
from my_project.migrations import locking
from my_project.migrations.commands import alembic_config
from sqlalchemy import Engine, create_engine, inspect


def migrations_engine(url: str) -> Engine:
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), connect_args=locking.CONNECT)
    locking.configure(engine)
    return engine


url, kind = sys.argv[1:]
engine = {"migrations": migrations_engine, "application": make_engine}[kind](url)
seen = []
with engine.connect() as connection:
    with connection.begin() as transaction:
        command.upgrade(alembic_config(connection=connection), "head")
        seen.append(inspect(connection).get_table_names())
        transaction.rollback()
    with connection.begin():
        seen.append(inspect(connection).get_table_names())
        command.upgrade(alembic_config(connection=connection), "head")
with engine.connect() as connection:
    seen.append(inspect(connection).get_table_names())
print(json.dumps(seen))
