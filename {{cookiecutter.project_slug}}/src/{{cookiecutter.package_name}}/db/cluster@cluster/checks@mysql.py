"""What has to be true of MariaDB Galera for nothing to be lost: a function for each check."""

from sqlalchemy import Connection

from .dialect import number_of
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

NOT_PRIMARY = (
    "this node replicates nothing: are wsrep_on and wsrep_cluster_address set? Where the majority is lost for good, "
    "and only after you are sure that the others are off: "
    "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES' on one node"
)
NOT_READY = "this node answers statements with error 1047; its log says what it waits for"
NOT_FLUSHED = "a power cut of all nodes loses the last second: set it to 1"


def findings(connection: Connection, *, pooler: bool) -> list[Finding]:
    """Return what is to be said about the node that DATABASE_URL leads to; nothing depends on a pooler."""
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
    """Return a value of the server; one without Galera has none of Galera's."""
    row = connection.exec_driver_sql(f"SHOW GLOBAL {kind} LIKE '{name}'").first()
    return (str(row[1]) if row else "") or "none"


def equal(connection: Connection, kind: str, name: str, wanted: str, advice: str) -> Finding:
    """A value of the server that has to be this one."""
    found = value(connection, kind, name)
    return Finding(name, found, wanted, found == wanted, advice)


def cluster_size(connection: Connection) -> Finding:
    """Of three nodes two are a majority; of two, one is none."""
    found = value(connection, "STATUS", "wsrep_cluster_size")
    advice = "losing one more node stops all writes: start the others"
    return Finding("wsrep_cluster_size", found, "3 or more", found.isdigit() and int(found) >= 3, advice)


def mode(connection: Connection) -> Finding:
    """What cannot be replicated is refused."""
    found = value(connection, "VARIABLES", "wsrep_mode")
    wanted = "STRICT_REPLICATION"
    advice = f"a table of another engine is filled on one node only, without an error: wsrep_mode = {wanted}"
    return Finding("wsrep_mode", found, f"has {wanted}", wanted in found.split(","), advice)


def engines(connection: Connection) -> Finding:
    """All tables are replicated."""
    found = connection.exec_driver_sql(NOT_REPLICATED).scalars().all()
    advice = "their rows are on one node only, also after ALTER TABLE: INSERT them into a new table that is InnoDB"
    return Finding("tables that are not InnoDB", listed(found), "none", not found, advice)


def keys(connection: Connection) -> Finding:
    """All rows can be told apart."""
    found = connection.exec_driver_sql(WITHOUT_KEY).scalars().all()
    advice = "their rows may differ between nodes: add a primary key"
    return Finding("tables without a primary key", listed(found), "none", not found, advice)


def reading(connection: Connection) -> Finding:
    """The node that is read keeps up with the others."""
    found = value(connection, "STATUS", "wsrep_local_state_comment")
    advice = "DATABASE_READ_URL leads to a node that does not follow the others now, so what it shows is old"
    return Finding("node that is read", found, "Synced", found == "Synced", advice, is_note=True)


def explained(error: BaseException | None) -> str:
    """Return why there was no answer."""
    reason = str(error.args[-1]) if error is not None and error.args else str(error)
    return f"{reason}: {NOT_PRIMARY}" if error is not None and number_of(error) == 1047 else reason
