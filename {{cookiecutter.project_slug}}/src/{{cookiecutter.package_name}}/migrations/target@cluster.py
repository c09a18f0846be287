"""The database to migrate: one node, and no pooler in between."""

from sqlalchemy import URL

from ..db.cluster import nodes
from ..db.engine import parse_url
from ..settings import Settings, SettingsError

# Their lock belongs to a session, and a pooler may give each transaction another one.
BYPASS = "migrations bypass the pooler: give the URL of the server itself"


def target(given: str | URL | None) -> URL:
    """Return the given URL, or the one of the settings; of several hosts, the one to migrate on."""
    if given is not None:
        return nodes.direct_url(parse_url(given))
    settings = Settings.load()
    if settings.database_pooler and settings.database_migration_url is None:
        raise SettingsError(f"DATABASE_MIGRATION_URL: not set; {BYPASS}")
    return nodes.direct_url(settings.database_migration_url or settings.database_url)
