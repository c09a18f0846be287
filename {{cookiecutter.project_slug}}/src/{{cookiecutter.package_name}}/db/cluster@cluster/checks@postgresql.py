"""What has to be true of PostgreSQL for nothing to be lost: a function for each check."""

from typing import Any

from sqlalchemy import Connection

from . import dialect, replication
from .findings import Finding
from .replication import value

POOLER = (
    "DATABASE_URL leads to a pooler, behind which prepared statements and settings of a session break: "
    "set DATABASE_POOLER=1, and DATABASE_MIGRATION_URL to the servers themselves"
)


def findings(connection: Connection, *, pooler: bool) -> list[Finding]:
    """Return what is to be said about the server that DATABASE_URL leads to."""
    node = primary(connection)
    if not node.holds:
        return [node]  # the rest is about the primary
    return [
        node,
        replication.synchronous_commit(connection),
        replication.roles(connection),
        replication.standby_names(connection),
        replication.standbys(connection),
        setting(connection, "fsync", "after a power cut the database may be beyond repair"),
        setting(connection, "full_page_writes", "after a power cut pages may be half old and half new"),
        pooling(connection, expected=pooler),
        *(of_role(connection, name) for name in dialect.SESSION if pooler),
    ]


def role(connection: Connection) -> str:
    """Return what the node is in the cluster."""
    return "a standby" if value(connection, "SELECT pg_is_in_recovery()") else "the primary"


def primary(connection: Connection) -> Finding:
    """Writing has to lead to the primary."""
    found = role(connection)
    advice = "DATABASE_URL leads to a standby, which cannot write; let it name all nodes, or what leads to the primary"
    return Finding("node", found, "the primary", found == "the primary", advice)


def setting(connection: Connection, name: str, without: str) -> Finding:
    """A setting that has to be on."""
    found = value(connection, f"SHOW {name}")
    return Finding(name, found, "on", found == "on", f"{without}; set it to on, and make the standbys anew")


def pooling(connection: Connection, *, expected: bool) -> Finding:
    """A pooler greets with another process than the one that answers.

    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
    """
    driver: Any = connection.connection.driver_connection
    there = value(connection, "SELECT pg_backend_pid()") != driver.info.backend_pid
    words = {True: "a pooler", False: "none"}
    advice = "DATABASE_POOLER is set, and DATABASE_URL leads to the server itself" if expected else POOLER
    return Finding("pooler", words[there], words[expected], there == expected, advice, is_note=expected)


def of_role(connection: Connection, name: str) -> Finding:
    """What a direct connection sets for itself has to be set for the role behind a pooler."""
    found, wanted = value(connection, f"SHOW {name}"), dialect.SESSION[name]
    holds = found == "UTC" if name == "timezone" else found != "0"
    advice = f"a pooler passes no settings on: ALTER ROLE ... SET {name} = '{wanted}'"
    return Finding(name, found, wanted, holds, advice)


def reading(connection: Connection) -> Finding:
    """Reading is meant to take work off the primary."""
    found = role(connection)
    advice = "DATABASE_READ_URL leads to the primary, which it is meant to relieve"
    return Finding("node that is read", found, "a standby", found == "a standby", advice, is_note=True)


def explained(error: BaseException | None) -> str:
    """Return why there was no answer."""
    # a line for each host, which mostly say the same
    reason = str(error).strip().splitlines()[0]
    return f"{reason}: {POOLER}" if "unsupported startup parameter" in reason else reason
