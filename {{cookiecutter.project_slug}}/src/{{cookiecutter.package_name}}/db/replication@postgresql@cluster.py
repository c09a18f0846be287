"""Checks of what PostgreSQL's replication promises: that a COMMIT is on two machines when it is answered."""

from typing import Any

from sqlalchemy import Connection

from .findings import Finding, listed

# With these COMMIT is answered when a standby has it on disk; with remote_write in its memory, with the others nowhere.
# https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT
SAFE = ("on", "remote_apply")

# Who has been given another value by ALTER ROLE or ALTER DATABASE.
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


def value(connection: Connection, statement: str) -> Any:
    """Return the one value of a statement."""
    return connection.exec_driver_sql(statement).scalar_one()


def synchronous_commit(connection: Connection) -> Finding:
    """COMMIT has to wait for a standby's disk, as this role sees it."""
    found = value(connection, "SHOW synchronous_commit")
    advice = "a failover loses what was committed last; set it to on: in Patroni, for the role, and in DATABASE_URL"
    return Finding("synchronous_commit", found, " or ".join(SAFE), found in SAFE, advice)


def roles(connection: Connection) -> Finding:
    """Nobody may be exempt from it."""
    found = connection.exec_driver_sql(LESS_SAFE_ROLES).scalars().all()
    advice = "what they commit can be lost; ALTER ROLE ... [IN DATABASE ...] RESET synchronous_commit"
    return Finding("synchronous_commit of roles", listed(found), "none", not found, advice)


def standby_names(connection: Connection) -> Finding:
    """Without names, COMMIT waits for nobody."""
    found = value(connection, "SHOW synchronous_standby_names")
    advice = "replication is asynchronous, and a failover loses what was committed last; synchronous_mode: quorum"
    return Finding("synchronous_standby_names", found or "empty", "not empty", bool(found), advice)


def standbys(connection: Connection) -> Finding:
    """Two standbys that confirm now: one that is lost then stops nobody."""
    check, start = "standbys that confirm", "patronictl list, and start the others"
    if not value(connection, "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"):
        user = value(connection, "SELECT current_user")
        advice = f'this role may not see them: GRANT pg_monitor TO "{user}"'
        return Finding(check, "not visible", "2 or more", False, advice)
    found = connection.exec_driver_sql(CONFIRMING).scalars().all()
    if not found:
        return Finding(check, "none", "2 or more", False, f"nobody has what is committed but the primary: {start}")
    advice = f"losing one more machine stops all writes: {start}"
    return Finding(check, listed(found), "2 or more", len(found) > 1, advice, is_note=True)
