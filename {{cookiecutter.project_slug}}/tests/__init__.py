"""Tests, on real databases and the migrated schema."""
