"""`python -m {{ cookiecutter.package_name }}.migrations` is `{{ cookiecutter.project_slug }}-db`."""

from .commands import main

main()
