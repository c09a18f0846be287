"""Checks of MariaDB Galera, or of MySQL's group replication, for settings and states that can lose commits."""

from typing import Any

from sqlalchemy import Connection

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

# https://dev.mysql.com/doc/refman/9.7/en/performance-schema-replication-group-members-table.html
STATE = "SELECT member_state FROM performance_schema.replication_group_members WHERE member_id = @@server_uuid"
ONLINE = "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE member_state = 'ONLINE'"

NO_GROUP = (
    "this MySQL is in no group, so it replicates nothing: set it up with deploy/group-replication.cnf, or use MariaDB "
    "with Galera and a URL that begins with mariadb://"
)
TOO_FEW = "losing one more node stops all writes: start the others"
HIDDEN = "this account needs GRANT SELECT ON performance_schema.replication_group_members"
MULTI_PRIMARY = (
    "changes of one row on two nodes fail at COMMIT: SELECT group_replication_switch_to_single_primary_mode()"
)
EVENTUAL = "a new primary shows old rows until it has all commits: set it to BEFORE_ON_PRIMARY_FAILOVER"
NOT_SYNCED = "a power cut of all nodes loses commits: set it to 1"
NO_TIMEOUT = "a COMMIT without a majority waits for ever: set it to 5 seconds"
STILL_READ = "a node that was put out of the group shows old rows: set it to OFFLINE_MODE"
NOT_PRIMARY = (
    "this node replicates nothing: set wsrep_on and wsrep_cluster_address. If the majority is lost for good, make "
    "sure that the other nodes are off, and then run "
    "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES' on one node"
)
NOT_READY = "this node rejects statements with error 1047: its log has the reason"
NOT_FLUSHED = "a power cut of all nodes loses the last second: set it to 1"


def findings(connection: Connection) -> list[Finding]:
    """Check the node that DATABASE_URL leads to."""
    dialect: Any = connection.dialect
    return [
        *(galera(connection) if dialect.is_mariadb else group(connection)),
        equal(connection, "VARIABLES", "innodb_flush_log_at_trx_commit", "1", NOT_FLUSHED),
        engines(connection),
        keys(connection),
    ]


def galera(connection: Connection) -> list[Finding]:
    """Check MariaDB Galera."""
    return [
        equal(connection, "STATUS", "wsrep_cluster_status", "Primary", NOT_PRIMARY),
        cluster_size(connection),
        equal(connection, "STATUS", "wsrep_ready", "ON", NOT_READY),
        mode(connection),
    ]


def group(connection: Connection) -> list[Finding]:
    """Check MySQL's group replication."""
    # The dialect connects to no member that is not ONLINE.
    if connection.exec_driver_sql(STATE).first() is None:
        return [Finding("group replication", "MySQL in no group", "a group", False, NO_GROUP)]
    size = int(connection.exec_driver_sql(ONLINE).scalar_one())
    prefix = "group_replication"
    return [
        Finding("members that are ONLINE", str(size), "3 or more", size >= 3, TOO_FEW),
        equal(connection, "VARIABLES", f"{prefix}_single_primary_mode", "ON", MULTI_PRIMARY),
        unlike(connection, f"{prefix}_consistency", "EVENTUAL", EVENTUAL),
        unlike(connection, f"{prefix}_unreachable_majority_timeout", "0", NO_TIMEOUT),
        unlike(connection, f"{prefix}_exit_state_action", "READ_ONLY", STILL_READ),
        equal(connection, "VARIABLES", "sync_binlog", "1", NOT_SYNCED),
    ]


def value(connection: Connection, kind: str, name: str) -> str:
    """Return a value of the server; without Galera it has no wsrep values."""
    row = connection.exec_driver_sql(f"SHOW GLOBAL {kind} LIKE '{name}'").first()
    return (str(row[1]) if row else "") or "none"


def equal(connection: Connection, kind: str, name: str, wanted: str, advice: str) -> Finding:
    """Check that the server has this value."""
    found = value(connection, kind, name)
    return Finding(name, found, wanted, found == wanted, advice)


def unlike(connection: Connection, name: str, unwanted: str, advice: str) -> Finding:
    """Note a variable of the server that has this value."""
    found = value(connection, "VARIABLES", name)
    return Finding(name, found, f"not {unwanted}", found != unwanted, advice, is_note=True)


def cluster_size(connection: Connection) -> Finding:
    """Check that there are three nodes: two of three are a majority, one of two is none."""
    found = value(connection, "STATUS", "wsrep_cluster_size")
    return Finding("wsrep_cluster_size", found, "3 or more", found.isdigit() and int(found) >= 3, TOO_FEW)


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
    advice = "their rows may differ between nodes, or cannot be written: add a primary key"
    return Finding("tables without a primary key", listed(found), "none", not found, advice)


def reading(connection: Connection) -> Finding:
    """Check that the node for reading follows the others."""
    dialect: Any = connection.dialect
    if dialect.is_mariadb:
        found, wanted = value(connection, "STATUS", "wsrep_local_state_comment"), "Synced"
    else:
        found, wanted = connection.exec_driver_sql(STATE).scalar() or "MySQL in no group", "ONLINE"
    advice = "DATABASE_READ_URL leads to a node that does not follow the others, so its data is old"
    return Finding("node that is read", found, wanted, found == wanted, advice, is_note=True)


def explained(error: BaseException | None) -> str:
    """Return the reason for a failed connection."""
    number, reason = (error.args[0], str(error.args[-1])) if error is not None and error.args else (0, str(error))
    advice = {1047: NOT_PRIMARY, 1142: HIDDEN}.get(number)
    return f"{reason}: {advice}" if advice else reason
