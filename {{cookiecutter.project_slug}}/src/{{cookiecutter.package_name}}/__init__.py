"""Models, migrations and units of work for one database."""
