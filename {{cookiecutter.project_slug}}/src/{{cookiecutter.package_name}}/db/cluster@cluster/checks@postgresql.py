"""Checks of PostgreSQL for settings and states that can lose commits, a function each."""

from typing import Any

from sqlalchemy import Connection

from ..dialect import SESSION
from .findings import Finding, listed

# COMMIT returns when a standby has it on disk; with remote_write it is in the memory of one, else on none.
# https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT
SAFE = ("on", "remote_apply")

# Roles and databases with another value, by ALTER ROLE or ALTER DATABASE.
LESS_SAFE_ROLES = """
    SELECT concat_ws(' in ', coalesce(rolname, 'everybody'), datname) || ': ' || split_part(setting, '=', 2)
    FROM pg_db_role_setting
    CROSS JOIN unnest(setconfig) AS setting
    LEFT JOIN pg_roles ON pg_roles.oid = setrole
    LEFT JOIN pg_database ON pg_database.oid = setdatabase
    WHERE split_part(setting, '=', 1) = 'synchronous_commit'
    AND split_part(setting, '=', 2) NOT IN ('on', 'remote_apply')
    AND (setdatabase = 0 OR datname = current_database())
"""

# https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
CONFIRMING = """
    SELECT application_name FROM pg_stat_replication
    WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum') ORDER BY 1
"""

POOLER = (
    "DATABASE_URL leads to a pooler, which breaks prepared statements and settings of a session: "
    "set DATABASE_POOLER=1, and DATABASE_MIGRATION_URL to the servers themselves"
)


def findings(connection: Connection) -> list[Finding]:
    """Check the server that DATABASE_URL leads to."""
    node = primary(connection)
    if not node.holds:
        return [node]  # the rest is about the primary
    dialect: Any = connection.dialect
    return [
        node,
        synchronous_commit(connection),
        roles(connection),
        standby_names(connection),
        standbys(connection),
        setting(connection, "fsync", "after a power cut the database may be beyond repair"),
        setting(connection, "full_page_writes", "after a power cut pages may be half old and half new"),
        pooling(connection, expected=dialect.pooler),
        *(of_role(connection, name) for name in SESSION if dialect.pooler),
    ]


def value(connection: Connection, statement: str) -> Any:
    """Return the one value of a statement."""
    return connection.exec_driver_sql(statement).scalar_one()


def synchronous_commit(connection: Connection) -> Finding:
    """Check that COMMIT waits for a standby's disk, with the settings of this role."""
    found = value(connection, "SHOW synchronous_commit")
    advice = "a failover loses the last commits: set it to on in Patroni, for the role, and in DATABASE_URL"
    return Finding("synchronous_commit", found, " or ".join(SAFE), found in SAFE, advice)


def roles(connection: Connection) -> Finding:
    """Check that no role or database overrides it."""
    found = connection.exec_driver_sql(LESS_SAFE_ROLES).scalars().all()
    advice = "their commits can be lost: ALTER ROLE ... [IN DATABASE ...] RESET synchronous_commit"
    return Finding("synchronous_commit of roles", listed(found), "none", not found, advice)


def standby_names(connection: Connection) -> Finding:
    """Check that synchronous standbys are named; otherwise COMMIT waits for none."""
    found = value(connection, "SHOW synchronous_standby_names")
    advice = "replication is asynchronous, and a failover loses the last commits: set synchronous_mode: quorum"
    return Finding("synchronous_standby_names", found or "empty", "not empty", bool(found), advice)


def standbys(connection: Connection) -> Finding:
    """Check that two standbys confirm now, so that writes go on when one is lost."""
    check, start = "standbys that confirm", "run patronictl list, and start the others"
    if not value(connection, "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"):
        user = value(connection, "SELECT current_user")
        advice = f'this role cannot see them: GRANT pg_monitor TO "{user}"'
        return Finding(check, "not visible", "2 or more", False, advice)
    found = connection.exec_driver_sql(CONFIRMING).scalars().all()
    if not found:
        return Finding(check, "none", "2 or more", False, f"only the primary has the commits: {start}")
    advice = f"losing one more machine stops all writes: {start}"
    return Finding(check, listed(found), "2 or more", len(found) > 1, advice, is_note=True)


def role(connection: Connection) -> str:
    """Return the role of the node in the cluster."""
    return "a standby" if value(connection, "SELECT pg_is_in_recovery()") else "the primary"


def primary(connection: Connection) -> Finding:
    """Check that DATABASE_URL leads to the primary."""
    found = role(connection)
    advice = "DATABASE_URL leads to a standby, which cannot write: list all nodes in it, or an address of the primary"
    return Finding("node", found, "the primary", found == "the primary", advice)


def setting(connection: Connection, name: str, without: str) -> Finding:
    """Check that a setting is on."""
    found = value(connection, f"SHOW {name}")
    return Finding(name, found, "on", found == "on", f"{without}: set it to on, and make new standbys")


def pooling(connection: Connection, *, expected: bool) -> Finding:
    """Check DATABASE_POOLER: behind a pooler, the process that is announced is not the one that works.

    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
    """
    driver: Any = connection.connection.driver_connection
    there = value(connection, "SELECT pg_backend_pid()") != driver.info.backend_pid
    words = {True: "a pooler", False: "none"}
    advice = "DATABASE_POOLER is set, and DATABASE_URL leads to the server itself" if expected else POOLER
    return Finding("pooler", words[there], words[expected], there == expected, advice, is_note=expected)


def of_role(connection: Connection, name: str) -> Finding:
    """Check that the role has a setting, because connections through a pooler cannot set it."""
    found, wanted = value(connection, f"SHOW {name}"), SESSION[name]
    holds = found == "UTC" if name == "timezone" else found != "0"
    advice = f"a pooler does not pass settings on: ALTER ROLE ... SET {name} = '{wanted}'"
    return Finding(name, found, wanted, holds, advice)


def reading(connection: Connection) -> Finding:
    """Check that DATABASE_READ_URL leads to a standby."""
    found = role(connection)
    advice = "DATABASE_READ_URL leads to the primary, which it is meant to relieve"
    return Finding("node that is read", found, "a standby", found == "a standby", advice, is_note=True)


def explained(error: BaseException | None) -> str:
    """Return the reason for a failed connection."""
    # one line of several, which mostly repeat it for each host
    reason = str(error).strip().splitlines()[0]
    return f"{reason}: {POOLER}" if "unsupported startup parameter" in reason else reason
