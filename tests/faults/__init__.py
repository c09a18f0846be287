"""Fault tests: kill servers while a generated project works, and compare its reports with the database."""
