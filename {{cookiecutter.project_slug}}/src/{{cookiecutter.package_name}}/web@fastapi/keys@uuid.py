"""The type of keys in paths, queries and bodies."""

from uuid import UUID

KeyBody = UUID
