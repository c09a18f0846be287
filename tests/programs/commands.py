"""Run commands of the migrations one after the other, up to the first that fails: `commands.py COMMAND…`.

It is the project's own command in one process, because each new one takes a second for its imports.
"""
# mypy: disable-error-code="import-not-found"

import shlex
import sys

from my_project.migrations.commands import main

for command in sys.argv[1:]:
    main(shlex.split(command))
