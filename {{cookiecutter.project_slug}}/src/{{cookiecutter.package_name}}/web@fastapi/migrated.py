"""Check that the database is migrated far enough for this code."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import Select, String, column, false, literal, select, table

from ..migrations.commands import alembic_config


@cache
def revisions() -> tuple[frozenset[str], frozenset[str]]:
    """Return the newest revisions of this code, and all of them; the first call reads the files."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(scripts.get_heads()), frozenset(script.revision for script in scripts.walk_revisions())


def applied_revisions() -> Select[str]:
    """Return the query for the revisions of a database; without any in this code, there is no table to read."""
    newest, _ = revisions()
    if not newest:
        return select(literal("")).where(false())
    return select(column("version_num", String)).select_from(table("alembic_version"))


def is_migrated(applied: set[str]) -> bool:
    """Return whether a database at these revisions is migrated at least as far as this code.

    A revision that this code does not know belongs to a later release, which migrates before its code runs.
    """
    newest, known = revisions()
    return newest <= applied or not applied <= known
