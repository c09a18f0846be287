"""Checks of MariaDB Galera for settings and states that can lose commits, a function each."""

from typing import Any

from sqlalchemy import Connection

from ..dialect import number_of
from .findings import Finding, listed

# Rows of other engines stay on the node that they were written to.
# https://mariadb.com/kb/en/mariadb-galera-cluster-known-limitations/
NOT_REPLICATED = """
    SELECT CONCAT(table_name, ' (', engine, ')') FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND engine <> 'InnoDB' ORDER BY 1
"""
WITHOUT_KEY = """
    SELECT tables.table_name FROM information_schema.tables AS tables
    LEFT JOIN information_schema.table_constraints AS constraints
    ON constraints.table_schema = tables.table_schema AND constraints.table_name = tables.table_name
    AND constraints.constraint_type = 'PRIMARY KEY'
    WHERE tables.table_schema = DATABASE() AND tables.table_type = 'BASE TABLE'
    AND constraints.constraint_name IS NULL ORDER BY 1
"""

NOT_MARIADB = (
    "MySQL lacks the functions of MariaDB Galera that this project calls: use MariaDB, or "
    "generate the project with topology=single-server"
)
NOT_PRIMARY = (
    "this node replicates nothing: set wsrep_on and wsrep_cluster_address. If the majority is lost for good, make "
    "sure that the other nodes are off, and then run "
    "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES' on one node"
)
NOT_READY = "this node rejects statements with error 1047: its log has the reason"
NOT_FLUSHED = "a power cut of all nodes loses the last second: set it to 1"


def findings(connection: Connection, *, pooler: bool) -> list[Finding]:
    """Check the node that DATABASE_URL leads to; nothing depends on a pooler."""
    dialect: Any = connection.dialect
    if not dialect.is_mariadb:
        return [Finding("server", "MySQL", "MariaDB with Galera", False, NOT_MARIADB)]
    return [
        equal(connection, "STATUS", "wsrep_cluster_status", "Primary", NOT_PRIMARY),
        cluster_size(connection),
        equal(connection, "STATUS", "wsrep_ready", "ON", NOT_READY),
        mode(connection),
        equal(connection, "VARIABLES", "innodb_flush_log_at_trx_commit", "1", NOT_FLUSHED),
        engines(connection),
        keys(connection),
    ]


def value(connection: Connection, kind: str, name: str) -> str:
    """Return a value of the server; without Galera it has no wsrep values."""
    row = connection.exec_driver_sql(f"SHOW GLOBAL {kind} LIKE '{name}'").first()
    return (str(row[1]) if row else "") or "none"


def equal(connection: Connection, kind: str, name: str, wanted: str, advice: str) -> Finding:
    """Check that the server has this value."""
    found = value(connection, kind, name)
    return Finding(name, found, wanted, found == wanted, advice)


def cluster_size(connection: Connection) -> Finding:
    """Check that there are three nodes: two of three are a majority, one of two is none."""
    found = value(connection, "STATUS", "wsrep_cluster_size")
    advice = "losing one more node stops all writes: start the others"
    return Finding("wsrep_cluster_size", found, "3 or more", found.isdigit() and int(found) >= 3, advice)


def mode(connection: Connection) -> Finding:
    """Check that the server refuses writes that it cannot replicate."""
    found = value(connection, "VARIABLES", "wsrep_mode")
    wanted = "STRICT_REPLICATION"
    advice = f"rows of a table that is not InnoDB stay on one node, without an error: set wsrep_mode = {wanted}"
    return Finding("wsrep_mode", found, f"has {wanted}", wanted in found.split(","), advice)


def engines(connection: Connection) -> Finding:
    """Check that all tables are replicated."""
    found = connection.exec_driver_sql(NOT_REPLICATED).scalars().all()
    advice = "their rows are on one node only, also after ALTER TABLE: copy them into a new InnoDB table"
    return Finding("tables that are not InnoDB", listed(found), "none", not found, advice)


def keys(connection: Connection) -> Finding:
    """Check that all tables have a primary key."""
    found = connection.exec_driver_sql(WITHOUT_KEY).scalars().all()
    advice = "their rows may differ between nodes: add a primary key"
    return Finding("tables without a primary key", listed(found), "none", not found, advice)


def reading(connection: Connection) -> Finding:
    """Check that the node for reading follows the others."""
    found = value(connection, "STATUS", "wsrep_local_state_comment")
    advice = "DATABASE_READ_URL leads to a node that does not follow the others, so its data is old"
    return Finding("node that is read", found, "Synced", found == "Synced", advice, is_note=True)


def explained(error: BaseException | None) -> str:
    """Return the reason for a failed connection."""
    reason = str(error.args[-1]) if error is not None and error.args else str(error)
    return f"{reason}: {NOT_PRIMARY}" if error is not None and number_of(error) == 1047 else reason
