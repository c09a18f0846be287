"""The history of the schema, and the command that applies it; part of the package, so that a wheel can migrate."""
