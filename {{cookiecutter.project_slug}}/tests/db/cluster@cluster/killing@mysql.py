"""End a connection to MySQL or MariaDB from outside."""

from sqlalchemy import URL, text

from tests import databases

OWN_ID = text("SELECT CONNECTION_ID()")
# The one that reads its comment; MySQL itself reports its own death as an interrupted statement, and not as it does to
# all others.
KILL_ITSELF = (
    "/*M! EXECUTE IMMEDIATE CONCAT('KILL ', CONNECTION_ID()) */"
    "/*!80000 SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053, MESSAGE_TEXT = 'Server shutdown in progress' */"
)


def kill(server: URL, connection_id: int) -> None:
    """End a connection."""
    databases.execute(server, f"KILL {connection_id}")
