"""Migrate the database: `python -m {{ cookiecutter.package_name }}.migrations`."""

from .commands import main

main()
