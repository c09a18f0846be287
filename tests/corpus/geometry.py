"""Points by GeoAlchemy2, whose PostGIS is not on the tests' server: they are mapped, rendered and printed.

https://geoalchemy-2.readthedocs.io
"""

from geoalchemy2 import Geometry, WKBElement
from my_project.db.base import Base
from my_project.db.keys import KeyMixin
from sqlalchemy.orm import Mapped, mapped_column

DATABASES = ("postgresql",)
OFFLINE = True


class Place(KeyMixin, Base):
    __tablename__ = "place"

    name: Mapped[str]
    at: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326))
