"""Print what autogenerate writes for a database with other models than the project's: `second_history.py URL`."""
# mypy: disable-error-code="import-not-found"

import sys

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from my_project.db import dialect
from my_project.db.engine import with_driver
from my_project.migrations.autogenerate import OPTIONS
from my_project.models import Base
from sqlalchemy import MetaData, Sequence, create_engine

Sequence("tickets", metadata=Base.metadata)
others = MetaData()
Sequence("invoices", metadata=others)

engine = create_engine(with_driver(sys.argv[1], dialect.BLOCKING_DRIVER))
with engine.connect() as connection:
    context = MigrationContext.configure(connection, opts={**OPTIONS, "target_metadata": others})
    (operations,) = produce_migrations(context, others).upgrade_ops_list
    print(*(operation.to_diff_tuple()[1] for operation in operations.ops))
engine.dispose()
