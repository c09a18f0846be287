"""Change a copy of a generated project: give it revisions, edit its files."""

from dataclasses import dataclass
from pathlib import Path

FIRST = "4b7d1c0e92a5"  # the revision that the template ships

REVISION = '''"""{name}"""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {follows!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''


@dataclass(frozen=True)
class Revision:
    """A revision: the bodies of its functions, each a statement or several."""

    up: str = "pass"
    down: str = "pass"
    name: str = "second"
    follows: str | tuple[str, ...] = FIRST  # several, where it merges branches

    def plant(self, project: Path) -> None:
        """Write it into a project, without asking Alembic."""
        up, down = (body.strip().replace("\n", "\n    ") for body in (self.up, self.down))
        text = REVISION.format(name=self.name, follows=self.follows, up=up, down=down)
        versions(project).joinpath(f"20260102_0000_{self.name}.py").write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Edit:
    """Another text in place of one that a file of the package has; the path is relative to the package."""

    path: str
    old: str
    new: str

    def plant(self, project: Path) -> None:
        """Make the edit; ValueError if the file does not say that."""
        file = package(project) / self.path
        text = file.read_text(encoding="utf-8")
        if self.old not in text:
            raise ValueError(f"{self.path} does not say {self.old!r}, so the edit would change nothing")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")


# A second revision without a mistake, and the column that it belongs to.
ADD_CITY = 'op.add_column("companies", sa.Column("city", sa.String(length=50), server_default="Oslo", nullable=False))'
DROP_CITY = 'op.drop_column("companies", "city")'
CITY = Edit(
    "models/company.py",
    "    employees: Mapped",
    '    city: Mapped[str] = mapped_column(String(50), server_default="Oslo")\n    employees: Mapped',
)

# For this SQLite must copy the table, and drop the old one.
LONGER_NAMES = """with op.batch_alter_table("companies") as batch:
    batch.alter_column("name", existing_type=sa.String(length=100), type_=sa.String(length=200), nullable=False)
"""


def package(project: Path) -> Path:
    """Return the folder of the project's package."""
    return project / "src" / "my_project"


def versions(project: Path) -> Path:
    """Return the folder of its revisions."""
    return package(project) / "migrations" / "versions"
