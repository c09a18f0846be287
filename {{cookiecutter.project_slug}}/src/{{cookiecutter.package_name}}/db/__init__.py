"""How the application talks to its database: base class, types, engine, sessions, units of work."""
