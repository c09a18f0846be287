"""End a connection to PostgreSQL from outside."""

from sqlalchemy import URL, text

from tests import databases

OWN_ID = text("SELECT pg_backend_pid()")
KILL_ITSELF = "SELECT pg_terminate_backend(pg_backend_pid())"


def kill(server: URL, connection_id: int) -> None:
    """End a connection, and wait until it is gone."""
    databases.execute(server, f"SELECT pg_terminate_backend({connection_id}, 5000)")
