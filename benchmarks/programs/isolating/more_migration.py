"""More tables."""
# mypy: disable-error-code="import-not-found"

from alembic import op
from my_project.models import Base

revision = "a1b2c3d4e5f6"
down_revision = "4b7d1c0e92a5"


def upgrade() -> None:
    Base.metadata.create_all(op.get_bind())
