"""The database to migrate."""

from sqlalchemy import URL

from ..db.engine import parse_url
from ..settings import Settings


def target(given: str | URL | None) -> URL:
    """Return the URL that was given, or the one of the settings."""
    return Settings.load().database_url if given is None else parse_url(given)
