"""End a connection to MySQL or MariaDB from outside."""

from sqlalchemy import URL, text

from tests import databases

OWN_ID = text("SELECT CONNECTION_ID()")
KILL_ITSELF = "EXECUTE IMMEDIATE CONCAT('KILL ', CONNECTION_ID())"


def kill(server: URL, connection_id: int) -> None:
    """End a connection."""
    databases.execute(server, f"KILL {connection_id}")
