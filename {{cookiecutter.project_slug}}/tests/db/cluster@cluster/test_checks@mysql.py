"""Tests of the checks on one MySQL or MariaDB server; the others need a cluster."""

import pytest
from sqlalchemy import URL

from {{ cookiecutter.package_name }}.db.cluster import checks
from {{ cookiecutter.package_name }}.db.cluster.engine import blocking_engine

from tests import databases


def failing(url: URL) -> dict[str, str]:
    """Return the failing checks, and what they found."""
    with blocking_engine(url, "writer") as engine, engine.connect() as connection:
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


def test_mysql_itself_is_refused(empty_database: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    with blocking_engine(empty_database, "writer") as engine, engine.connect() as connection:
        monkeypatch.setattr(connection.dialect, "is_mariadb", False)
        found = checks.findings(connection, pooler=False)

    assert [finding.found for finding in found] == ["MySQL"]
    assert "topology=single-server" in found[0].advice
