"""Migrations and the command that applies them; part of the package, so that a wheel can migrate."""
