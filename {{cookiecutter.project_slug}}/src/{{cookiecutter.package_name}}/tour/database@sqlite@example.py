"""Where the tour takes place: a file in a temporary folder, so that it cannot meet real data."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL


@contextmanager
def fresh_database() -> Generator[URL]:
    """Yield the URL of an empty database, and remove it; no settings are needed."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield URL.create("sqlite", database=str(Path(folder) / "tour.db"))
