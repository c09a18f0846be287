"""Database access: declarative base, types, engine, sessions, units of work, retries."""
