"""Whether the database is migrated as far as this code needs."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import Select, String, column, false, literal, select, table

from ..migrations.commands import alembic_config


@cache
def revisions() -> tuple[frozenset[str], frozenset[str]]:
    """Return the newest revisions of this code, and all of them; it reads files when it is first called."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(scripts.get_heads()), frozenset(script.revision for script in scripts.walk_revisions())


def applied_revisions() -> Select[str]:
    """Return the query for the revisions of a database; before the first one it has no table for them."""
    newest, _ = revisions()
    if not newest:
        return select(literal("")).where(false())
    return select(column("version_num", String)).select_from(table("alembic_version"))


def is_migrated(applied: set[str]) -> bool:
    """Return whether a database at these revisions is at least where this code is.

    A revision that this code does not know is of a later release, whose migrations come before its code.
    """
    newest, known = revisions()
    return newest <= applied or not applied <= known
