"""What the checks say about one MySQL or MariaDB server; the rest of what they say needs a cluster."""

from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from {{ cookiecutter.package_name }}.db import checks, dialect
from {{ cookiecutter.package_name }}.db.engine import with_driver

from tests import databases


def failing(url: URL) -> dict[str, str]:
    """What does not hold, and what was found instead."""
    engine = create_engine(with_driver(url, dialect.BLOCKING_DRIVER), poolclass=NullPool)
    with engine.connect() as connection:
        found = checks.findings(connection, pooler=False)
    return {finding.check: finding.found for finding in found if not finding.holds}


def test_one_server_replicates_nothing(empty_database: URL) -> None:
    found = failing(empty_database)

    assert found.keys() >= {"wsrep_cluster_status", "wsrep_cluster_size", "wsrep_mode"}
    assert not [check for check in found if check.startswith("tables")]


def test_tables_that_galera_cannot_replicate_are_named(empty_database: URL) -> None:
    for table in ("logs (line INTEGER) ENGINE = MyISAM", "notes (id INTEGER PRIMARY KEY) ENGINE = InnoDB"):
        databases.execute(empty_database, f"CREATE TABLE `{empty_database.database}`.{table}")

    found = failing(empty_database)

    assert found["tables that are not InnoDB"] == "logs (MyISAM)"
    assert found["tables without a primary key"] == "logs"
