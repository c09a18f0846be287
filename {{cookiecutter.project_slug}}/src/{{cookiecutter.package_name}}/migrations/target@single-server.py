"""The database to migrate."""

from sqlalchemy import URL

from ..db.engine import parse_url
from ..settings import load_settings


def target(given: str | URL | None) -> URL:
    """Return the URL that was given, or the one of the settings."""
    return load_settings().database_url if given is None else parse_url(given)
