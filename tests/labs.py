"""A copy of a generated project with an empty database of its own, to migrate in many ways."""

from dataclasses import dataclass
from pathlib import Path

from . import inside
from .conftest import Bake, NewDatabase
from .planting import Edit, Revision
from .projects import printed

DATABASES = ["sqlite", "postgresql", "mysql"]


@dataclass(frozen=True)
class Lab:
    """The project, its database option, and the URL of the database."""

    project: Path
    database: str
    url: str

    def plant(self, *planted: Revision | Edit) -> None:
        """Change the project."""
        for change in planted:
            change.plant(self.project)

    def migrate(self, *commands: str, returns: int = 0) -> str:
        """Run commands of the project's migrations, up to the first that fails, and return what they print."""
        program = inside.PROGRAMS / "commands.py"
        return printed(inside.python(self.project, program, *commands, DATABASE_URL=self.url), returns=returns)

    def program(self, name: str, *arguments: object) -> str:
        """Run one of `programs/`, and return the last line that it printed."""
        return inside.program(self.project, name, *arguments, DATABASE_URL=self.url).splitlines()[-1]


def new_lab(bake: Bake, new_database: NewDatabase, folder: Path, database: str, **answers: str) -> Lab:
    """Return a lab in this folder, with a project of these options."""
    project = inside.copy(bake(database=database, **answers), folder)
    return Lab(project, database, new_database(database))
