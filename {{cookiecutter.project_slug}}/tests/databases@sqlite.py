"""Databases for tests: files in a temporary folder, away from real data."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL


@contextmanager
def running_server(folder: Path) -> Generator[URL]:
    """Yield the URL beside which `empty_database` creates databases."""
    yield URL.create("sqlite", database=str(folder / "test.db"))


@contextmanager
def empty_database(server: URL, name: str) -> Generator[URL]:
    """Create an empty database, yield its URL, and delete it."""
    file = Path(server.database or "").with_name(f"{name}.db")
    yield server.set(database=str(file))
    for leftover in file.parent.glob(f"{file.name}*"):  # with its -wal and -shm
        leftover.unlink()
