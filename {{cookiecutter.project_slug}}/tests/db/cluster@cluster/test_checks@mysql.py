"""Tests of the checks on one MySQL or MariaDB server; the others need a cluster."""

from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.cluster import checks
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine

from tests import databases


def failing(url: URL) -> dict[str, str]:
    """Return the failing checks, and what they found."""
    with blocking_engine(url, "writer") as engine, engine.connect() as connection:
        found = checks.findings(connection)
    return {finding.check: finding.found for finding in found if not finding.holds}


def test_one_server_replicates_nothing(empty_database: URL) -> None:
    found = failing(empty_database)

    galera = {"wsrep_cluster_status", "wsrep_cluster_size", "wsrep_mode"}
    assert found.keys() >= galera or found["group replication"] == "MySQL in no group"
    assert not [check for check in found if check.startswith("tables")]


def test_tables_that_cannot_be_replicated_are_named(empty_database: URL) -> None:
    for table in ("logs (line INTEGER) ENGINE = MyISAM", "notes (id INTEGER PRIMARY KEY) ENGINE = InnoDB"):
        databases.execute(empty_database, f"CREATE TABLE `{empty_database.database}`.{table}")

    found = failing(empty_database)

    assert found["tables that are not InnoDB"] == "logs (MyISAM)"
    assert found["tables without a primary key"] == "logs"
