"""Tables that the tests do not use, as in a project that has grown."""
# mypy: disable-error-code="import-not-found"

from my_project.db.base import Base
from sqlalchemy import Column, Integer, String, Table

for number in range(40):
    Table(f"more_{number}", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String(100)))
