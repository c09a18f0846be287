"""Keys in paths, queries and bodies."""

from uuid import UUID

KeyBody = UUID
